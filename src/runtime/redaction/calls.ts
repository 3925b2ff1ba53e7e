/**
 * Functions of programming languages whose arguments are credentials: which argument is the secret.
 *
 * A call is `name(…)` or `name …`; the argument counts from 1, from the end when negative. Only a quoted argument is
 * taken: anything else is a reference. Names whose last word says it (`setPassword`, `withApiKey`) need no entry.
 * The source of each is the library's own reference.
 */
export const CALLS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    // HTTP and mail
    HTTPBasicAuth: 2,
    HTTPDigestAuth: 2,
    basic_auth: 2,
    basicAuth: 2,
    SetBasicAuth: 2,
    BasicAuth: 2,
    UsernamePasswordCredentials: 2,
    UsernamePasswordAuthenticationToken: 2,
    PasswordAuthentication: 2,
    PasswordCredential: 2,
    UsernamePasswordCredential: 2,
    PlainCredentials: 2,
    Credentials: 2,
    'Authorization.basic': 2,
    BasicAuthentication: 2,
    PSCredential: 2,
    NetworkCredential: 2,
    add_password: -1,
    PlainAuth: 3,
    imap_open: 3,
    // Files and shells
    ftp_login: 3,
    ssh2_auth_password: 3,
    ldap_bind: 3,
    simple_bind_s: 2,
    // Databases
    PDO: 3,
    mysqli: 3,
    mysqli_connect: 3,
    mysql_connect: 3,
    mysql_real_connect: 4,
    mysql_pconnect: 3,
    getConnection: 3,
    oci_connect: 2,
    odbc_connect: 3,
    ibase_connect: 3,
    sqlalchemy_url: 2,
    // Clouds
    BasicAWSCredentials: 2,
    BasicSessionCredentials: 2,
    AwsBasicCredentials: 2,
    NewStaticCredentials: 2,
    NewStaticCredentialsProvider: 2,
    StorageSharedKeyCredential: 2,
    NewSharedKeyCredential: 2,
    AzureKeyCredential: 1,
    ClientSecretCredential: 3,
    NewClientSecretCredential: 3,
    // Tokens and ciphers
    'jwt.sign': 2,
    'jwt.verify': 2,
    'jwt.encode': 2,
    'jwt.decode': 2,
    'JWT.encode': 2,
    createHmac: 2,
    createCipheriv: 2,
    createDecipheriv: 2,
    pbkdf2Sync: 1,
    scryptSync: 1,
    hash_hmac: 3,
    openssl_encrypt: 3,
    openssl_decrypt: 3,
    password_hash: 1,
    Fernet: 1,
    SecretKeySpec: 1,
    'ConvertTo-SecureString': 1,
    Algorithm: 1,
    // Sign-in
    signInWithEmailAndPassword: -1,
    createUserWithEmailAndPassword: -1,
    signInWithPassword: -1,
    'db.auth': 2,
  }),
);

/** Methods with names that much else has too: only when their argument before is a quoted user name. */
export const SIGN_INS: readonly string[] = [
  'login',
  'authenticate',
  'credentials',
  'auth',
  'connect',
  'log_in',
  'logIn',
  'signIn',
  'sign_in',
  'createUser',
  'create_user',
  'addUser',
  'add_user',
];
