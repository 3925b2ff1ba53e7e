/**
 * Keys and tokens whose format a standard gives: JWT and JWE, private keys without their PEM lines, wallets,
 * password hashes, tools for encryption. PEM itself is scanned by context/key-block.ts, mnemonics by
 * context/mnemonic.ts.
 */
import { table } from './table.ts';

export const KEYS = table(
  'keys',
  String.raw`
  jwt                          eyJ                  @[A-Za-z0-9_-]{6,2048}\.eyJ[A-Za-z0-9_-]{4,4096}\.#  base64url  1..4096  open,entropy=0  www.rfc-editor.org/rfc/rfc7519
  jwe                          eyJ                  @[A-Za-z0-9_-]{6,2048}\.[A-Za-z0-9_-]{0,1024}\.[A-Za-z0-9_-]{8,64}\.#  base64url-dots  8..4096  open  www.rfc-editor.org/rfc/rfc7516
  jwt-unsigned                 eyJ                  @[A-Za-z0-9_-]{6,2048}\.eyJ#  base64url  8..4096  open        www.rfc-editor.org/rfc/rfc7519
  jwt-head                     eyJhbGciOi,eyJ0eXAiOi,eyJraWQiOi,eyJlbmMiOi,eyJ4NXQiOi,eyJjdHkiOi  @#  base64url-dots  4..4096  open  www.rfc-editor.org/rfc/rfc7515
  paseto-token                 v1.local.,v2.local.,v3.local.,v4.local.,v1.public.,v2.public.,v3.public.,v4.public.  @#  base64url-dots  40..4096  open  github.com/paseto-standard/paseto-spec
  macaroon                     MDAx                 @[A-Za-z0-9]{2}xvY2F0aW9u#  base64-any  40..2048  word        research.google/pubs/macaroons-cookies-with-contextual-caveats-for-decentralized-authorization-in-the-cloud
  # Private keys, base64 of their DER without the lines around it
  openssh-private-key          b3BlbnNzaC1rZXktdjEA  @#                  base64-padded   16..4096  open,entropy=0  github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
  rsa-private-key              MIIEpAIBAAKCAQEA,MIIEowIBAAKCAQEA,MIIEogIBAAKCAQEA,MIIJKAIBAAKCAgEA,MIIJKQIBAAKCAgEA,MIIJJwIBAAKCAgEA,MIICXAIBAAKBgQ,MIICXQIBAAKBgQ,MIICWwIBAAKBgQ  @#  base64-padded  16..4096  open  www.rfc-editor.org/rfc/rfc8017
  pkcs8-private-key            MIIEvQIBADANBgkq,MIIEvgIBADANBgkq,MIIEvAIBADANBgkq,MIIJQgIBADANBgkq,MIIJQwIBADANBgkq,MIIJQQIBADANBgkq,MIICdgIBADANBgkq,MIICdwIBADANBgkq,MIICeAIBADANBgkq  @#  base64-padded  16..4096  open  www.rfc-editor.org/rfc/rfc5208
  ed25519-private-key          MC4CAQAwBQYDK2VwBCIEI  @#                 base64-padded   40..50    open           www.rfc-editor.org/rfc/rfc8410
  ec-private-key               MHcCAQEEI,MIGHAgEAMBMGByqGSM49,MIGkAgEBBD,MIG2AgEAMBAGByqGSM49,MIHcAgEBBEI,MIHuAgEAMBAGByqGSM49  @#  base64-padded  30..400  open  www.rfc-editor.org/rfc/rfc5915
  encrypted-private-key        MIIFLTBXBgkqhkiG9w0BBQ,MIIFNTBfBgkqhkiG9w0BBQ,MIIFHDBOBgkqhkiG9w0BBQ,MIIJrTBXBgkqhkiG9w0BBQ,MIIJnzBJBgkqhkiG9w0BBQ  @#  base64-padded  16..4096  open  www.rfc-editor.org/rfc/rfc5958
  age-secret-key               AGE-SECRET-KEY-1     @#                   upper           58        open           age-encryption.org/v1
  age-plugin-key               AGE-PLUGIN-          @[A-Z0-9]{2,16}-1#   upper           40..200   open           age-encryption.org/v1
  minisign-key                 RWRTY0Iy             @#                   base64-padded   100..280  open           jedisct1.github.io/minisign
  nostr-key                    nsec1                @#                   bech32          58        open           github.com/nostr-protocol/nips/blob/master/19.md
  # Wallets
  bitcoin-wif                  -                    [5KL]#               base58          50..51    run,entropy=4.2  en.bitcoin.it/wiki/Wallet_import_format
  bitcoin-testnet-wif          -                    [9c]#                base58          50..51    run,entropy=4.4  en.bitcoin.it/wiki/Wallet_import_format
  bip32-private-key            xprv,yprv,zprv,tprv,uprv,vprv  @#         base58          100..112  open           github.com/bitcoin/bips/blob/master/bip-0032.mediawiki
  bip38-key                    6P                   @#                   base58          56        word           github.com/bitcoin/bips/blob/master/bip-0038.mediawiki
  cardano-key                  ed25519e_sk1,ed25519_sk1,root_xsk1,acct_xsk1,addr_xsk1,xprv1  @#  bech32  58..180  open  cips.cardano.org/cip/CIP-0005
  tezos-key                    edsk,spsk,p2sk       @#                   base58          50..94    word           docs.tezos.com/overview/glossary
  stellar-seed                 -                    S#                   base32          55        run            developers.stellar.org/docs/learn/fundamentals/stellar-data-structures/accounts
  ripple-seed                  sEd                  @#                   base58          28        word           xrpl.org/docs/concepts/accounts/cryptographic-keys
  polkadot-seed                seed                 0x#                  hex-any         64        name           wiki.polkadot.com/learn/learn-account-advanced
  ethereum-private-key         private_key,privatekey,eth_key,signer,deployer,wallet,mnemonic  0x#  hex-any  64  name  ethereum.org/en/developers/docs/accounts
  sui-private-key              suiprivkey1          @#                   bech32          59         open           docs.sui.io/references/cli/keytool
  solana-key                   solana               #                    base58          86..88    name           solana.com/docs/core/accounts
  # Hashes of passwords, which can be searched offline
  bcrypt-hash                  $2a$,$2b$,$2y$,$2x$  @[0-9]{2}\$#         ./A-Za-z0-9     53        open           www.usenix.org/legacy/events/usenix99/provos.html
  sha512-crypt-hash            $6$                  @[A-Za-z0-9./]{1,16}\$#  ./A-Za-z0-9  86       open           www.akkadia.org/drepper/SHA-crypt.txt
  sha512-crypt-rounds-hash     $6$rounds=           @[0-9]{1,9}\$[A-Za-z0-9./]{1,16}\$#  ./A-Za-z0-9  86  open    www.akkadia.org/drepper/SHA-crypt.txt
  sha256-crypt-hash            $5$                  @[A-Za-z0-9./]{1,16}\$#  ./A-Za-z0-9  43       open           www.akkadia.org/drepper/SHA-crypt.txt
  sha256-crypt-rounds-hash     $5$rounds=           @[0-9]{1,9}\$[A-Za-z0-9./]{1,16}\$#  ./A-Za-z0-9  43  open    www.akkadia.org/drepper/SHA-crypt.txt
  md5-crypt-hash               $1$,$apr1$           @[A-Za-z0-9./]{1,8}\$#  ./A-Za-z0-9  22        open           httpd.apache.org/docs/2.4/misc/password_encryptions.html
  yescrypt-hash                $y$,$7$,$gy$         @[A-Za-z0-9./]{1,20}\$[A-Za-z0-9./]{1,90}\$#  ./A-Za-z0-9  43  open  man7.org/linux/man-pages/man5/crypt.5.html
  argon2-hash                  $argon2id$,$argon2i$,$argon2d$  @v=[0-9]{1,3}\$m=[0-9]{1,9},t=[0-9]{1,4},p=[0-9]{1,4}\$[A-Za-z0-9+/]{8,90}\$#  base64  22..172  open  www.rfc-editor.org/rfc/rfc9106
  ldap-password-hash           {SSHA},{SSHA256},{SSHA512},{SMD5}  @#     base64-padded   24..140   free           www.openldap.org/doc/admin26/security.html
  django-password-hash         pbkdf2_sha256$,pbkdf2_sha1$,bcrypt_sha256$,scrypt$  @[0-9]{4,8}\$[A-Za-z0-9./]{6,30}\$#  base64-padded  28..90  open  docs.djangoproject.com/en/stable/topics/auth/passwords
  scram-hash                   SCRAM-SHA-256$       @[0-9]{4,8}:#        a-zA-Z0-9+/=$:  80..160   free           www.postgresql.org/docs/current/auth-password.html
  netntlm-hash                 :::                  [A-Za-z0-9._$-]{1,20}:[0-9]{1,5}:[0-9a-fA-F]{32}:#@  hex-any  32  open,lead=68..91  learn.microsoft.com/windows-server/security/kerberos/passwords-technical-overview
  # Tools
  sops-age-key                 SOPS_AGE_KEY=        @!#                  a-zA-Z0-9-      40..200   free           getsops.io/docs
  ssh-dss-private-key          MIIBuwIBAAKBgQ,MIIBvAIBAAKBgQ  @#         base64-padded   100..1200  open          www.rfc-editor.org/rfc/rfc4253
  pkcs12-bundle                IBAzCC               MI[A-Za-z0-9+/]{4}@#  base64-padded  100..4096  open,lead=6   www.rfc-editor.org/rfc/rfc7292
  sidekiq-credentials          @gems.contribsys.com,@enterprise.contribsys.com  [0-9a-f]{8}:!#@  hex  8  free,lead=17  github.com/sidekiq/sidekiq/wiki/Commercial-collaboration
  `,
);
