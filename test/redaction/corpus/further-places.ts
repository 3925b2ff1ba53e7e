/**
 * Places that two sets written afresh had and the redactor did not know at first. Same form as places.ts.
 */

/** Command lines, elements apart by `¦`. */
export const FURTHER_VECTORS: readonly string[] = [
  'conan¦user¦-p¦§¦-r¦main¦alice',
  'npm¦login¦--auth-type=legacy¦-p¦§',
  'knife¦bootstrap¦h¦-x¦alice¦-P¦§',
  'sqlplus¦-s¦app/§@db:1521/XE¦@setup.sql',
  'vault¦operator¦rekey¦§',
  'nomad¦operator¦gossip¦keyring¦install¦§',
  'mc¦admin¦user¦add¦m¦alice¦§',
  'gotty¦-c¦alice:§¦bash',
  'sipp¦-au¦alice¦-ap¦§¦h',
  'aws¦secretsmanager¦put-secret-value¦--secret-id¦x¦--secret-string¦{"user":"app","password":"§"}',
  'dotnet¦user-secrets¦set¦App:DbPassword¦§',
  'curl¦-b¦session_token=§¦https://x.example',
];

export const FURTHER_TEXTS: readonly string[] = [
  "os.environ.get('DB_PASSWORD') or '§'",
  "db_password: !unsafe '§'",
  'db_password: !!binary §',
  'array(1) { ["db_password"]=> string(20) "§" }',
  '["db_password"]=>\n  string(20) "§"',
  "Validation failed for field 'dbPassword' with value '§'",
  "UPDATE config SET value='§' WHERE name='db_password'",
  "UPDATE options SET option_value = '§' WHERE option_name = 'smtp_password';",
  'smtp_password,§',
  "printf 'DB_PASSWORD=%s\n' '§' > .env",
  'dotnet user-secrets set "App:DbPassword" "§"',
  'db_password: Optional[str] = Field(default="§")',
  'db_password: str = Field("§")',
  'gh auth login --with-token < <(echo §)',
  "msmtp --passwordeval 'echo §'",
  'echo "machine h login alice password §" > ~/.netrc',
  'zfs load-key pool <<< §',
  'keyring set svc alice <<< §',
  'vncpasswd -f <<< §',
  'sqlplus -s app/§@db:1521/XE @setup.sql',
  "Sequelize('d', 'u', '§', {})",
  'bcrypt.hash("§", 10)',
  "User.objects.create_superuser('alice', 'a@example.com', '§')",
  'dsn: "alice:§@tcp(h:3306)/d"',
  'db password> §',
  'export TF_VAR_k8s_password=§',
  'helm upgrade r c --set auth.k3sPassword=§',
];
