/**
 * Which arguments of which programs are secrets where no name says so: `mysql -p…`, `curl -u user:…`, `vault login …`.
 * Options that say it themselves (`--password`, `--token`) are known to names.ts and are not repeated here.
 * The source of each row is the program's own manual page or help.
 */

export interface Grammar {
  /** Options whose value, attached or in the next argument, is a secret. */
  readonly secret?: string;
  /** Options whose next argument is a secret; options that begin like them are others. */
  readonly exact?: string;
  /** Options whose value is a secret when attached; alone they ask for it, or mean something else. */
  readonly attached?: string;
  /** Options whose value is `user:secret` (also `user%secret`, `user,secret`, `file:secret`). */
  readonly pair?: string;
  /** Options whose value is `name=secret`. */
  readonly named?: string;
  /** Options whose value is a list of cookies. */
  readonly cookie?: string;
  /** Options whose value says what it is: `pass:secret`, `env:NAME`, `file:path`. */
  readonly source?: string;
  /**
   * Arguments without options, as a usage line says them: words as such, `~word` what has that word in it,
   * `_` any argument, `*` a secret,
   * `+*` a secret with no option before it, `_/*` and `_:*` a secret behind a sign, `_:*@` one between it and a host, `=*` this and every following `name=secret`.
   */
  readonly usage?: readonly string[];
  /** Only where this argument stands somewhere before: `docker login -p`, but not `docker run -p`. */
  readonly when?: string;
}

export const ROWS: readonly [programs: string, grammar: Grammar][] = [
  // Databases
  [
    'mysql mysql.exe mysqldump mysqldump.exe mysqladmin mysqlimport mysqlcheck mysqlshow mysqlslap mysqlbinlog mysqlpump mysqlsh mysqltuner ' +
      'mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariabackup mydumper myloader xtrabackup',
    { attached: '-p' },
  ],
  ['mysqladmin mariadb-admin', { usage: ['password *'] }],
  [
    'mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop mongofiles mycli hdbsql beeline cqlsh ' +
      'cypher-shell couchbase-cli cbq cbbackupmgr cbimport cbexport arangosh exaplus vsql gsql ysqlsh',
    { secret: '-p -pw' },
  ],
  ['vsql', { secret: '-w' }],
  ['nodetool', { secret: '-pw' }],
  [
    'redis-cli valkey-cli keydb-cli redis-benchmark',
    { secret: '-a', usage: ['auth _ *', 'auth *', 'AUTH _ *', 'AUTH *', 'requirepass *', 'masterauth *'] },
  ],
  ['sqlcmd sqlcmd.exe osql osql.exe bcp bcp.exe tsql mssql-cli', { secret: '-P' }],
  ['isql iusql', { secret: '-P', usage: ['_ _ *'] }],
  ['dscl', { usage: ['-passwd _ *'] }],
  ['salt salt-call', { usage: ['shadow.set_password _ *'] }],
  ['frpc', { secret: '-t' }],
  ['sqlplus rman expdp impdp exp imp sqlldr sql', { usage: ['_/*'] }],
  ['rman', { usage: ['target _/*', 'catalog _/*', 'auxiliary _/*'] }],
  ['mysqlsh', { usage: ['_:*@'] }],
  ['db2', { usage: ['using *'] }],
  ['influx', { secret: '-t -p' }],
  ['etcdctl', { pair: '--user', usage: ['user add _:*'] }],
  // Remote access
  ['sshpass', { secret: '-p' }],
  ['plink plink.exe pscp pscp.exe psftp putty', { secret: '-pw' }],
  [
    'smbclient rpcclient winexe wmic smbget net smbcacls smbtree pth-winexe wbinfo samba-tool',
    { pair: '-U -a --user', usage: ['user create _ *', 'user add _ *'] },
  ],
  ['smbclient', { usage: ['~// +*'] }],
  [
    'smbmap crackmapexec netexec nxc evil-winrm hydra medusa ncftp ncftpput ncftpget rdesktop psexec psexec.exe kerbrute ' +
      'bloodhound-python winrs ldapdomaindump',
    { secret: '-p' },
  ],
  ['xfreerdp wlfreerdp mstsc', { attached: '/p:' }],
  ['x11vnc vncviewer xtightvncviewer', { secret: '-passwd' }],
  ['lftp open', { pair: '-u' }],
  ['govc', { usage: ['_:*@'] }],
  ['ss-local ss-server ss-redir ss-tunnel sslocal ssserver', { secret: '-k' }],
  ['certutil certutil.exe', { exact: '-p' }],
  [
    'impacket-psexec impacket-wmiexec impacket-smbexec impacket-secretsdump impacket-mssqlclient psexec.py wmiexec.py ' +
      'smbexec.py secretsdump.py atexec.py dcomexec.py mssqlclient.py smbclient.py',
    { usage: ['_:*@'] },
  ],
  ['networksetup', { usage: ['-setairportnetwork _ _ *'] }],
  ['zerotier-cli', { secret: '-T' }],
  [
    'ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldapcompare ldapmodrdn ldapexop ldapvi',
    { secret: '-w' },
  ],
  ['ldappasswd', { secret: '-w -s -a' }],
  ['slappasswd', { secret: '-s' }],
  ['esxcli vim-cmd ovftool', { secret: '-p' }],
  ['ipmitool', { secret: '-P', usage: ['set password _ *'] }],
  ['racadm ipmiutil ilorest', { secret: '-p' }],
  [
    'snmpget snmpwalk snmpset snmpbulkwalk snmpbulkget snmpgetnext snmptrap snmptable snmpstatus snmpdf',
    { secret: '-A -X -c' },
  ],
  ['openconnect vpnc fs_cli supervisorctl stomp gallery-dl', { secret: '-p' }],
  ['p4', { secret: '-P' }],
  ['nomad', { usage: ['gossip keyring install *'] }],
  ['gotty', { pair: '-c' }],
  ['sipp', { secret: '-ap' }],
  ['virsh', { usage: ['secret-set-value _ *'] }],
  ['erl iex elixir werl', { secret: '-setcookie --cookie' }],
  ['consul serf nomad', { secret: '-install -use -encrypt', usage: ['acl set-agent-token _ *'] }],
  ['hardhat', { usage: ['vars set _ *'] }],
  ['duplicacy', { secret: '-value', when: 'password' }],
  ['hatch', { secret: '-a --auth' }],
  ['uv', { secret: '-t', when: 'publish' }],
  ['stripe', { secret: '-k' }],
  ['rancher', { secret: '-t', when: 'login' }],
  ['drone', { secret: '-t' }],
  ['squidclient', { secret: '-w -W' }],
  ['check_mysql check_mysql_query check_pgsql check_mssql_health check_oracle_health', { secret: '-p' }],
  ['check_http', { pair: '-a -b' }],
  ['check_snmp', { secret: '-C -A -X' }],
  ['zkcli.sh zkcli zookeeper-shell zookeeper-shell.sh', { usage: ['addauth digest _:*'] }],
  ['net net.exe', { usage: ['use _ *', 'user _ *'] }],
  ['schtasks schtasks.exe', { secret: '/rp /p' }],
  ['kadmin kadmin.local', { secret: '-w -pw' }],
  ['ttyd', { pair: '-c' }],
  ['transmission-remote', { pair: '-n --auth' }],
  ['radtest', { usage: ['_ * _ _ *'] }],
  ['radclient', { usage: ['_ _ *'] }],
  ['xauth', { usage: ['add _ _ *'] }],
  // HTTP
  [
    'curl curl.exe',
    {
      pair: '-u --user -U --proxy-user -E --cert --proxy-cert',
      secret: '--oauth2-bearer --pass --proxy-pass --tlspassword',
      cookie: '-b --cookie',
    },
  ],
  ['http https httpie xh xhs', { pair: '-a --auth' }],
  ['http https httpie xh xhs', { secret: '-a --auth', when: 'bearer' }],
  ['ab', { pair: '-A -P', cookie: '-C' }],
  ['hey', { pair: '-a' }],
  ['lynx links elinks', { pair: '-auth -pauth' }],
  ['wscat websocat', { pair: '--auth --basic-auth' }],
  ['nikto', { pair: '-id' }],
  ['wfuzz', { pair: '--basic' }],
  ['sqlmap', { pair: '--auth-cred' }],
  ['gobuster', { secret: '-P' }],
  ['yt-dlp youtube-dl', { secret: '-p --video-password --ap-password' }],
  // Cryptography and archives
  [
    'openssl',
    {
      source: '-passin -passout -pass -password',
      exact: '-k -K -hmac',
      pair: '-macopt',
      usage: ['passwd *'],
    },
  ],
  ['gpg gpg2 gpgsm', { secret: '--passphrase' }],
  ['zip zipcloak zipnote unzip funzip', { secret: '-P' }],
  ['7z 7z.exe 7za 7zr 7zz', { attached: '-p' }],
  ['rar unrar', { attached: '-p -hp' }],
  ['qpdf', { usage: ['--encrypt * *'] }],
  ['pdftotext pdfinfo pdfimages pdftoppm pdftohtml pdftocairo', { secret: '-upw -opw' }],
  ['pdftk', { usage: ['input_pw *', 'user_pw *', 'owner_pw *'] }],
  ['steghide', { secret: '-p' }],
  ['outguess', { secret: '-k' }],
  ['ccrypt ccencrypt ccdecrypt', { secret: '-K' }],
  ['mcrypt', { secret: '-k' }],
  ['aescrypt veracrypt truecrypt', { secret: '-p' }],
  [
    'keytool jarsigner',
    { secret: '-storepass -keypass -srcstorepass -deststorepass -srckeypass -destkeypass -new' },
  ],
  ['apksigner', { source: '--ks-pass --key-pass' }],
  ['signtool signtool.exe', { secret: '/p' }],
  ['osslsigncode', { secret: '-pass' }],
  ['security', { secret: '-p -w -P' }],
  ['security', { secret: '-k', when: 'set-key-partition-list' }],
  ['cosign eas expo', { secret: '-p', when: 'login' }],
  ['ssh-keygen', { secret: '-N -P' }],
  ['wpa_passphrase', { usage: ['_ *'] }],
  ['htpasswd', { usage: ['_ _ *'] }],
  ['htpasswd', { usage: ['_ *'], when: '-nb' }],
  ['htpasswd', { usage: ['_ *'], when: '-bn' }],
  ['mkpasswd oathtool', { usage: ['*'] }],
  ['caddy', { secret: '--plaintext -p' }],
  ['useradd usermod adduser', { secret: '-p' }],
  [
    'nmcli',
    { usage: ['password *', 'wifi-sec.psk *', '802-11-wireless-security.psk *', '802-1x.password *'] },
  ],
  ['wpa_cli', { usage: ['psk *', 'password *'] }],
  ['iwconfig', { usage: ['key *'] }],
  ['iscsiadm', { secret: '-v', when: 'password' }],
  ['nsupdate dig', { pair: '-y' }],
  ['hdparm', { secret: '--security-unlock --security-set-pass --security-erase --security-disable' }],
  // Clouds and their tools
  ['az', { secret: '-p', when: 'login' }],
  ['az', { secret: '-k', when: 'storage' }],
  ['ibmcloud bx', { secret: '-p --apikey', when: 'login' }],
  ['cf', { secret: '-p', when: 'login', usage: ['auth _ *'] }],
  ['cf', { usage: ['auth _ *'] }],
  ['oc', { secret: '-p', when: 'login' }],
  [
    'docker podman nerdctl buildah skopeo crane oras helm regctl img finch singularity apptainer',
    { secret: '-p', when: 'login' },
  ],
  ['skopeo buildah podman', { pair: '--creds --src-creds --dest-creds' }],
  ['mc mcli', { usage: ['alias set _ _ _ *', 'config host add _ _ _ *', 'admin user add _ _ *'] }],
  ['b2', { usage: ['authorize-account _ *', 'account authorize _ *'] }],
  ['swift', { secret: '-K' }],
  [
    'vault bao',
    {
      usage: [
        'login *',
        'unseal *',
        'operator unseal *',
        'operator rekey *',
        'unwrap *',
        'token lookup *',
        'token renew *',
        'token revoke *',
        'kv put _ =*',
        'kv patch _ =*',
        'write _ =*',
      ],
    },
  ],
  ['vault bao', { exact: '-id', when: 'token' }],
  ['kubectl oc', { named: '--from-literal', when: 'secret' }],
  ['wrangler vercel chamber akeyless infisical kaggle', { secret: '-v --value', when: 'secret' }],
  ['kaggle', { secret: '-v', when: 'key' }],
  ['aws', { exact: '--value --secret-string', when: 'SecureString' }],
  ['az', { exact: '--value', when: 'keyvault' }],
  ['doctl fly flyctl vercel', { secret: '-t' }],
  ['netlify', { secret: '--auth' }],
  ['rclone', { usage: ['obscure *', 'pass *', 'password *'] }],
  ['cloudflared', { usage: ['service install *'] }],
  ['ngrok', { usage: ['authtoken *', 'config add-authtoken *'] }],
  ['tailscale', { secret: '--authkey --auth-key' }],
  ['pulumi', { usage: ['config set _ *'], when: '--secret' }],
  ['pm2', { usage: ['link *'] }],
  ['doppler fly flyctl supabase koyeb convox sst infisical', { usage: ['secrets set =*'] }],
  ['bw', { usage: ['unlock *', 'login _ *'], secret: '--session' }],
  ['op', { secret: '--session' }],
  ['snyk', { usage: ['auth *', 'config set =*'] }],
  ['supabase', { secret: '-p' }],
  ['wandb', { usage: ['login *'] }],
  ['circleci', { usage: ['setup *'] }],
  ['travis', { secret: '-g --github-token' }],
  ['codecov', { secret: '-t' }],
  ['gitlab-runner', { secret: '-r', when: 'register' }],
  ['glab tea', { secret: '-t', when: 'login' }],
  ['glab', { usage: ['variable set _ *', 'variable update _ *'] }],
  ['gh', { secret: '-b --body', when: 'secret' }],
  ['openai', { secret: '-k' }],
  ['llm', { usage: ['keys set _ *'], secret: '--value', when: 'keys' }],
  // Packages
  ['cargo', { usage: ['login *'] }],
  ['nuget nuget.exe', { usage: ['setApiKey *', 'setapikey *', 'push _ *'], secret: '-Password -ApiKey' }],
  ['choco', { secret: '-k', when: 'apikey' }],
  ['dotnet', { secret: '-k', when: 'push' }],
  ['dotnet', { secret: '-p', when: 'source' }],
  ['twine', { secret: '-p' }],
  ['poetry', { usage: ['pypi-token.pypi *'] }],
  ['poetry', { secret: '-p', when: 'publish' }],
  ['poetry composer', { usage: ['~http-basic _ *'] }],
  ['gem', { secret: '-k', exact: '--key', when: 'push' }],
  ['bundle', { usage: ['config _ _:*', 'config set _ _:*', 'config set --global _ _:*'] }],
  ['composer', { usage: ['~github-oauth *', '~gitlab-token *'] }],
  ['vsce ovsx', { secret: '-p' }],
  ['altool', { secret: '-p' }],
  ['npm pnpm yarn bun', { usage: ['_auth *', '_password *'] }],
  ['conan', { secret: '-p', when: 'login' }],
  ['conan', { secret: '-p', when: 'user' }],
  ['npm pnpm yarn', { secret: '-p', when: 'login' }],
  ['knife', { secret: '-P', when: 'bootstrap' }],
  // Messages and mail
  ['mosquitto_pub mosquitto_sub mosquitto_rr', { secret: '-P --pw' }],
  ['mosquitto_passwd', { usage: ['_ _ *'] }],
  ['rabbitmqctl', { usage: ['add_user _ *', 'change_password _ *', 'authenticate_user _ *'] }],
  ['rabbitmqadmin', { secret: '-p' }],
  ['nats-server', { secret: '--auth' }],
  ['doveadm', { secret: '-p', when: 'pw' }],
  ['doveadm', { usage: ['auth test _ *', 'auth login _ *'] }],
  [
    'bitcoin-cli litecoin-cli dogecoin-cli',
    { usage: ['walletpassphrase *', 'encryptwallet *', 'walletpassphrasechange * *'] },
  ],
  ['neo4j-admin', { usage: ['set-initial-password *'] }],
  ['grafana-cli grafana', { usage: ['reset-admin-password *'] }],
  ['ansible-vault', { usage: ['encrypt_string *'] }],
  ['drush', { usage: ['user:password _ *', 'upwd _ *'] }],
  ['airflow', { secret: '-p', when: 'users' }],
  ['gcloud', { usage: ['auth activate-refresh-token _ *', 'auth/access_token *'] }],
  ['sendemail sendEmail', { secret: '-xp' }],
  ['sendmail', { secret: '-ap' }],
  ['swaks', { secret: '-ap --auth-password' }],
  ['imapsync', { secret: '--password1 --password2' }],
  ['sapcontrol', { usage: ['-user _ *'] }],
  ['upscmd upsrw', { secret: '-p' }],
];
