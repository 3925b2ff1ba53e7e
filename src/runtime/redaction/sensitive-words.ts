/**
 * The words of names: those that promise a secret, those that take the promise back, and the stems by which names that hold
 * one are found.
 *
 * In:  nothing. Out: tables.
 */
import { WordTable } from './word-table.ts';

export type Category =
  | 'password'
  | 'passphrase'
  | 'secret'
  | 'token'
  | 'api-key'
  | 'key'
  | 'credentials'
  | 'authorization'
  | 'cookie'
  | 'session'
  | 'signature'
  | 'mnemonic';

/**
 * `strong`: the value goes unless it is plainly none.
 * `weak`: the value goes when it looks like a secret.
 */
export type Promise = 'strong' | 'weak';

export interface Name {
  readonly category: Category;
  readonly promise: Promise;
}

/** Sensitive words, and what each promises when it stands alone or last. */
const SENSITIVE: Record<Promise, Partial<Record<Category, string>>> = {
  strong: {
    password:
      'pw password passwords passwd passwort pass pwd pswd psw passw pword passcode kennwort senha contrasena passe ' +
      'motdepasse wachtwoord heslo haslo adgangskode salasana jelszo lozinka userpw rootpw bindpw adminpw dbpw ftppw userpass rootpass dbpass dbpwd ftppass smtppass mailpass ' +
      'adminpass authpass mypass keypass storepass srcstorepass deststorepass srckeypass destkeypass requirepass ' +
      'masterauth masterpass sshpass pgpass mysqlpwd unlockpassword upw opw psk wpapsk presharedkey requirepw ' +
      'authtok httppass proxypass loginpass ldappass bindpass encpass txpwd xpass userpwd',
    passphrase: 'passphrase passphrases',
    secret: 'secret secrets clientsecret appsecret sharedsecret seckey secretkey',
    token:
      'token tokens jwt accesstoken authtoken refreshtoken idtoken bearertoken apitoken usertoken bottoken ' +
      'erlangcookie macaroon macaroons jwttoken sastoken securitytoken csrftoken xsrftoken deploytoken authkey',
    'api-key': 'apikey apikeys appkey accountkey storagekey licensekey subscriptionkey integrationkey',
    credentials: 'credential credentials cred creds proxyauth basicauth httpauth',
    authorization: 'authorization',
    key:
      'accesskey privatekey privkey masterkey sharedkey sharedaccesskey encryptionkey encryptkey signingkey signkey ' +
      'servicekey consumerkey secretaccesskey primarykey secondarykey rootkey sslkey sshkey deploykey ' +
      'sharedaccesssignature hmackey cryptkey aeskey deckey decryptionkey',
    mnemonic: 'mnemonic seedphrase mnemonics',
  },
  weak: {
    key: 'key keys encrypt',
    password: 'otp totp pin passkey pwds',
    secret: 'salt seed hmac webhook pepper',
    token: 'auth oauth bearer sas sessiontoken pat assertion verifier',
    cookie: 'cookie cookies',
    session: 'session sessions sess sid sessionid sessid phpsessid jsessionid connectsid',
    signature: 'sig signature',
    credentials: 'dsn',
  },
};

/** `x key`, `x_key`: with one of these before it a key is a secret, whatever its value looks like. */
const KEY_OF =
  'api access secret private account license encryption encrypt decrypt decryption master signing sign service auth ' +
  'shared storage subscription app application integration personal deploy client recovery admin root security ' +
  'consumer user customer partner project server backend hmac aes crypto cookie session jwt webhook write read ' +
  'pragma management merchant provisioning restricted live token activation join unseal node agent ingest ' +
  'wep functions function host symmetric preshared shared psk wallet validator signer vault sendgrid stripe fernet certificate instrumentation libsodium setup';
/** `x phrase`: words of a wallet. */
const PHRASE_OF = 'seed recovery backup secret mnemonic wallet pass';
/** Behind the sensitive word: the value tells something about the secret and is none. */
const ABOUT =
  'file files filename path paths dir directory folder name names username user id ids type types kind url uri urls ' +
  'endpoint endpoints host hostname port count counts counter length len size limit limits ttl expiry expires expire ' +
  'expired expiration expiring policy policies mode method methods algorithm algo alg version versions enabled disabled enable ' +
  'disable required optional format prefix suffix field fields header headers param params parameter parameters attempts attempt min max ' +
  'arn ref refs store manager managers provider providers helper command cmd prompt rotation age timeout issuer audience ' +
  'scope scopes label labels status state usage usages used bytes bits reset forgot forgotten change changed changes ' +
  'confirm confirmation hint strength rules rule requirements requirement complexity chars generator validator validation ' +
  'regex pattern patterns placeholder title description message error errors input inputs box ring rings space schema ' +
  'config option options settings setting service services server servers client clients group groups role roles ' +
  'resolver handler handlers middleware guard factory builder class interface bucket buckets spec map maps list ' +
  'index lookup fingerprint fingerprints thumbprint date time timestamp created updated at by per rate source sources target ' +
  'vault engine agent template template names per cost costs budget price window auth exchange event events ' +
  'sock socket domain domains callback redirect flow code codes response request requests page link form dialog screen ' +
  'button view controller component module manager util utils test tests check checker checks exists missing ' +
  'invalid valid ok needed set present empty stdin fd env var variable vars mount volume backend cache lifetime duration interval ' +
  'seconds minutes hours days sec ms len lengths signer algs stream streams parser ize izer izers ization type info metadata ' +
  'kit press up down code event pair pairs binding bindings board word words frame frames hole note pad stone ' +
  'address addresses mapping mappings issecret md sha strategy strategies default defaults configuration configurations range ranges alias aliases cert certs ca nonce entry entries context contexts registry ctor stage material';
/** Before the sensitive word: what follows is none. */
const NOT =
  'public pub primary existing foreign partition sort sorting cache idempotency page next continuation max min num total prompt ' +
  'completion input output no without known composite natural surrogate unique hot arrow function lookup object row ' +
  'dictionary dict hash map translation message locale dedup deduplication group candidate routing any every ' +
  'sub unknown tab enter esc escape control ctrl shift alt home end delete insert super press pressed which hotkey ' +
  'socket eos bos pad unk mask sep cls special cached reasoning used available remaining estimated audio image text ' +
  'low high median average avg sum spent forgot show hide toggle is has use ' +
  'disable enable allow require requires cdn verb websocket by load import recv';

/** What a word of a name is, in `TABLE`: below 0x100 its place in `NAMES`. */
export const WORD = { sensitive: 0xff, keyOf: 0x100, phraseOf: 0x200, about: 0x400, not: 0x800 } as const;

export const NAMES: Name[] = [{ category: 'secret', promise: 'weak' }];
const words: [string, number][] = [];
for (const promise of ['strong', 'weak'] as const) {
  for (const [category, list] of Object.entries(SENSITIVE[promise])) {
    const index = NAMES.push({ category: category as Category, promise }) - 1;
    for (const word of list.split(' ')) words.push([word, index]);
  }
}
for (const [list, flag] of [
  [KEY_OF, WORD.keyOf],
  [PHRASE_OF, WORD.phraseOf],
  [ABOUT, WORD.about],
  [NOT, WORD.not],
] as const) {
  for (const word of list.split(/[ _]/)) words.push([word, flag]);
}
/** `pin`, `otp`: a few digits are the secret. */
export const ONE_TIME = NAMES.find(({ category, promise }) => category === 'password' && promise === 'weak')!;
export const TABLE = new WordTable(words);

/** A lower-case word that ends in one of these is that: `dbpassword`, `mysecret`, `gitlabtoken`. */
export const SUFFIXES: readonly [string, Name][] = (
  [
    ['password', 'password'],
    ['passwd', 'password'],
    ['passwort', 'password'],
    ['passphrase', 'passphrase'],
    ['secret', 'secret'],
    ['token', 'token'],
    ['apikey', 'api-key'],
    ['secretkey', 'key'],
    ['accesskey', 'key'],
    ['privatekey', 'key'],
    ['credentials', 'credentials'],
    ['pass', 'password', 'weak'],
    ['pwd', 'password', 'weak'],
  ] as const
).map(([suffix, category, promise]) => [suffix, { category, promise: promise ?? 'strong' }]);

/** Behind `pass` in a name: where the password is used. */
export const PLACES_OF_USE = new WordTable(
  'staging stage prod production prd live dev development local qa uat preprod sandbox main primary backup replica old new'
    .split(' ')
    .map((word) => [word, 1]),
);

/** Before a sensitive word of prose, apart from it: there is no secret. */
export const DENYING = new WordTable(
  (
    'unexpected expected missing syntax lexer parse parser reserved first last ' +
    'end start eof identifier operator keyword punctuation rsa dsa ecdsa ed pgp gpg ssh public host primary foreign max num no without next page cache any each every sort partition'
  )
    .split(' ')
    .map((word) => [word, 1]),
);

/** The same: something is wrong with what follows. */
export const DOUBTING = new WordTable(
  'invalid unknown illegal bad current previous'.split(' ').map((word) => [word, 1]),
);

/**
 * Literals to look for so that every sensitive identifier is found: each sensitive word has one of them in it.
 * Those of `EXACT_STEMS` are so short or common that they count only as a whole word.
 */
export const STEMS: readonly string[] = (
  'pass pwd pswd psw pword kennwort senha contrasena wachtwoord heslo haslo adgangskode salasana jelszo lozinka userpw rootpw bindpw adminpw dbpw ftppw secret token key cred auth cookie sess ' +
  'jwt bearer mnemonic phrase psk signature seckey webhook encrypt pepper recovery assertion verifier macaroon'
).split(' ');
export const EXACT_STEMS: readonly string[] = 'pw pat sig sid otp pin sas dsn salt seed hmac upw opw'.split(
  ' ',
);
