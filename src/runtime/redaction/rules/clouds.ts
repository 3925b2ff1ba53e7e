/** Clouds and hosting: keys of accounts, service principals, storage. */
import { table } from './table.ts';

export const CLOUDS = table(
  'clouds',
  String.raw`
  # Amazon
  aws-access-key-id            AKIA,ASIA,ABIA,ACCA  @#                   upper           16        word           docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  aws-legacy-access-key-id     A3T                  @[A-Z0-9]#           upper           16        word           docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  aws-secret-access-key        aws,amazon           #                    base64          40        name,entropy=3.4  docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
  aws-session-token            FwoGZXIvYXdz,FQoGZXIvYXdz,IQoJb3JpZ2lu  @#  base64-padded  40..4096  open          docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
  aws-bedrock-api-key          ABSK                 @#                   base64-padded   60..300   open           docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
  aws-bedrock-session-key      bedrock-api-key-     @#                   base64-padded   20..4096  open           docs.aws.amazon.com/bedrock/latest/userguide/api-keys-generate.html
  aws-appsync-api-key          da2-                 @#                   lower           26        word           docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
  amazon-mws-token             amzn.mws.            @#                   uuid            36        open           developer-docs.amazon.com/sp-api/docs/migrating-from-amazon-mws
  amazon-lwa-secret            amzn1.oa2-cs.v1.     @#                   hex             64        open           developer-docs.amazon.com/sp-api/docs/rotating-your-apps-lwa-credentials
  amazon-lwa-token             Atza|,Atzr|          @#                   base64-any      40..2000  open           developer.amazon.com/docs/login-with-amazon/access-token.html
  # Google
  google-api-key               AIza                 @#                   base64url       35        word           cloud.google.com/docs/authentication/api-keys
  google-oauth-client-secret   GOCSPX-              @#                   base64url       28        open           developers.google.com/identity/protocols/oauth2/web-server
  google-oauth-access-token    ya29.                @#                   base64url-dots  20..2048  open           developers.google.com/identity/protocols/oauth2
  google-oauth-refresh-token   1//0                 @#                   base64url       38..512   open           developers.google.com/identity/protocols/oauth2
  google-storage-hmac-id       GOOG1E,GOOG          @#                   upper           20..57    word           cloud.google.com/storage/docs/authentication/hmackeys
  google-fcm-server-key        :APA91b              [A-Za-z0-9_-]{11}@#  base64url       100..180  open,lead=11   firebase.google.com/docs/cloud-messaging/auth-server
  google-recaptcha-secret      recaptcha            6L[A-Za-z0-9_-]{6}#  base64url       32        name           developers.google.com/recaptcha/docs/verify
  # Microsoft
  azure-storage-key            +ASt,+ABa,+AMC,APIM,ACDb  [A-Za-z0-9+/]{76}@#  base64-padded  8     open,lead=76   learn.microsoft.com/azure/storage/common/storage-account-keys-manage
  azure-messaging-key          +ASb,+AEh,+ARm,AIoT  [A-Za-z0-9+/]{33}@#  base64-padded   7         open,lead=33   learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
  azure-functions-key          AzFu                 [A-Za-z0-9_-]{44}@#  base64-any      8         open,lead=44   learn.microsoft.com/azure/azure-functions/function-keys-how-to
  azure-search-key             AzSe                 [A-Za-z0-9]{42}@#    alnum           6         word,lead=42   learn.microsoft.com/azure/search/search-security-api-keys
  azure-cache-key              AzCa                 [A-Za-z0-9]{33}@#    base64-padded   7         open,lead=33   learn.microsoft.com/azure/azure-cache-for-redis/cache-configure
  azure-registry-key           +ACR                 [A-Za-z0-9+/]{42}@#  base64          6         open,lead=42   learn.microsoft.com/azure/container-registry/container-registry-authentication
  azure-devops-token           AZDO                 [A-Za-z0-9]{76}@#    alnum           4         word,lead=76   learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate
  azure-devops-legacy-token    azure_devops,azuredevops,devops  #        base32-lower    52        name           learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate
  azure-ai-key                 JQQJ9                [A-Za-z0-9]{52}@#    alnum           27        word,lead=52   learn.microsoft.com/azure/ai-services/authentication
  azure-client-secret          Q~                   [A-Za-z0-9_~.-]{3}[0-9]@#  a-zA-Z0-9_~.-  31..34  open,lead=4  learn.microsoft.com/entra/identity-platform/quickstart-register-app
  azure-sas-signature          sig=                 @!#                  a-zA-Z0-9%+/=_-  40..120  word,anycase   learn.microsoft.com/rest/api/storageservices/create-service-sas
  azure-cognitive-key          azure,ocp-apim,cognitive  #               hex             32        name           learn.microsoft.com/azure/ai-services/authentication
  # Others, by their mark
  alibaba-access-key-id        LTAI                 @#                   alnum           12..26    word           www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair
  alibaba-secret-key           alibaba,aliyun,oss_access  #              alnum           30        name           www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair
  tencent-secret-id            AKID                 @#                   alnum           28..40    word           www.tencentcloud.com/document/product/598/34228
  tencent-secret-key           tencent,qcloud       #                    alnum           32        name           www.tencentcloud.com/document/product/598/34228
  baidu-access-key             ALTAK                @#                   alnum           21        word           cloud.baidu.com/doc/Reference/s/9jwvz2egb
  volcengine-access-key        AKLT                 @#                   base64url       20..60    open           www.volcengine.com/docs/6291/65568
  huawei-secret-key            huawei,hwcloud       #                    alnum           40        name           support.huaweicloud.com/intl/en-us/iam_faq/iam_01_0618.html
  digitalocean-token           dop_v1_,doo_v1_,dor_v1_  @#               hex             64        open           docs.digitalocean.com/reference/api/create-personal-access-token
  digitalocean-spaces-key      DO00,DO80            @#                   upper           16        word           docs.digitalocean.com/products/spaces/how-to/manage-access
  digitalocean-legacy-token    digitalocean         #                    hex             64        name           docs.digitalocean.com/reference/api/create-personal-access-token
  linode-token                 linode               #                    hex             64        name           techdocs.akamai.com/linode-api/reference/get-started
  vultr-api-key                vultr                #                    upper           36        name           docs.vultr.com/platform/other/api/enable-api
  hetzner-token                hetzner,hcloud       #                    alnum           64        name           docs.hetzner.com/cloud/api/getting-started/generating-api-token
  scaleway-access-key          SCW                  @#                   upper           17        word           www.scaleway.com/en/docs/iam/how-to/create-api-keys
  scaleway-secret-key          scaleway,scw_secret  #                    uuid            36        name           www.scaleway.com/en/docs/iam/how-to/create-api-keys
  ovh-application-secret       ovh                  #                    alnum           32        name           help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api
  exoscale-api-key             EXO                  @#                   hex             24..40    word           community.exoscale.com/platform/iam
  upcloud-token                ucat_                @#                   word            20..60    open           upcloud.com/docs/guides/managing-api-tokens
  ibm-cloud-api-key            ibm,bluemix          #                    base64url       44        name           cloud.ibm.com/docs/account?topic=account-userapikey
  backblaze-application-key    K001,K002,K003,K004,K005  @#              base64          27        word           www.backblaze.com/docs/cloud-storage-application-keys
  wasabi-secret-key            wasabi               #                    alnum           40        name           docs.wasabi.com/docs/creating-a-user-account-and-access-key
  cloudflare-token             cfut_,cfat_,cfk_     @#                   alnum           40..64    open           developers.cloudflare.com/fundamentals/api/get-started/create-token
  cloudflare-api-token         cloudflare           #                    base64url       40        name           developers.cloudflare.com/fundamentals/api/get-started/create-token
  cloudflare-global-key        cloudflare,cf_api    #                    hex             37        name           developers.cloudflare.com/fundamentals/api/get-started/keys
  cloudflare-tunnel-token      eyJhIjoi             @#                   base64-padded   100..400  word           developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/remote-tunnel-permissions
  cloudflare-origin-ca-key     v1.0-                @[0-9a-f]{24}-#      hex             100..160  open           developers.cloudflare.com/fundamentals/api/get-started/ca-keys
  fastly-token                 fastly               #                    base64url       32        name           www.fastly.com/documentation/guides/account-info/user-management/using-api-tokens
  akamai-client-token          akab-                @[a-z0-9]{16}-#      lower           16        open           techdocs.akamai.com/developer/docs/authenticate-with-edgegrid
  akamai-client-secret         akamai,edgegrid      #                    base64-padded   44        name           techdocs.akamai.com/developer/docs/authenticate-with-edgegrid
  vercel-token                 vcp_,vci_,vca_,vcr_,vck_  @#              alnum           24..80    open           vercel.com/docs/rest-api
  vercel-blob-token            vercel_blob_rw_      @[A-Za-z0-9]{10,24}_#  alnum         24..40    open           vercel.com/docs/vercel-blob
  vercel-legacy-token          vercel,now_token     #                    alnum           24        name           vercel.com/docs/rest-api
  netlify-token                nfp_,nfo_,nfc_,nfb_,nfu_  @#              alnum           36..64    open           docs.netlify.com/api/get-started
  netlify-legacy-token         netlify              #                    base64url       40..46    name           docs.netlify.com/api/get-started
  heroku-api-key               HRKU-                @#                   base64url       36..80    open           devcenter.heroku.com/articles/platform-api-quickstart
  heroku-legacy-key            heroku               #                    uuid            36        name           devcenter.heroku.com/articles/platform-api-quickstart
  fly-access-token             fo1_                 @#                   base64url       43        open           fly.io/docs/security/tokens
  fly-macaroon                 fm1r_,fm1a_,fm2_     @#                   base64-padded   60..4096  open           fly.io/docs/security/tokens
  render-api-key               rnd_                 @#                   alnum           28..40    open           render.com/docs/api
  railway-token                railway              #                    uuid            36        name           docs.railway.com/guides/public-api
  koyeb-token                  koyeb                #                    lower           64        name           www.koyeb.com/docs/reference/api
  scalingo-token               tk-us-,tk-osc-       @#                   base64url       40..64    open           developers.scalingo.com/tokens
  jd-cloud-access-key          JDC_                 @#                   alnum           25..40    open           docs.jdcloud.com/en/account-management/accesskey-management
  yandex-api-key               AQVN                 @#                   base64url       35..40    word           yandex.cloud/en/docs/iam/concepts/authorization/api-key
  yandex-iam-token             t1.                  @[A-Z0-9a-z_-]{20,200}[=]{0,2}\.#  base64-any  60..120  open  yandex.cloud/en/docs/iam/concepts/authorization/iam-token
  yandex-static-key            YCA,YCM,YCN,YCO      @#                   base64url       38..52    word           yandex.cloud/en/docs/iam/concepts/authorization/access-key
  yandex-static-secret         YC                   @#                   base64url       38        word           yandex.cloud/en/docs/iam/concepts/authorization/access-key
  yandex-oauth-token           y0_,y1_,y2_,y3_      @#                   base64url       50..64    open           yandex.cloud/en/docs/iam/concepts/authorization/oauth-token
  packet-api-token             packet,equinix       #                    alnum           32        name           deploy.equinix.com/developers/docs/metal/identity-access-management/api-keys
  stackpath-secret             stackpath            #                    hex             64        name           developer.stackpath.com
  `,
);
