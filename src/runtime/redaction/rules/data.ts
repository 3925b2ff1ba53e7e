/** Databases, warehouses, pipelines, storage of files and content. */
import { table } from './table.ts';

export const DATA = table(
  'data',
  String.raw`
  databricks-token             dapi                 @#                   hex             32        word           docs.databricks.com/dev-tools/auth/pat.html
  databricks-scoped-token      dose,dkea,dsapi      @#                   hex             32        word           docs.databricks.com/dev-tools/auth
  planetscale-token            pscale_tkn_          @#                   base64url-dots  32..64    open           planetscale.com/docs/concepts/service-tokens
  planetscale-password         pscale_pw_           @#                   base64url-dots  32..64    open           planetscale.com/docs/concepts/connection-strings
  planetscale-oauth-token      pscale_oauth_,pscale_otkn_,pscale_app_  @#  base64url-dots  32..64  open           planetscale.com/docs/concepts/planetscale-oauth-applications
  neon-api-key                 napi_                @#                   lower           60..70    open           neon.tech/docs/manage/api-keys
  neon-password                npg_                 @#                   alnum           12..16    open           neon.tech/docs/connect/connect-from-any-app
  supabase-access-token        sbp_                 @#                   hex             40        open           supabase.com/docs/guides/platform/access-control
  supabase-secret-key          sb_secret_           @#                   base64url       20..44    open           supabase.com/docs/guides/api/api-keys
  xata-key                     xau_,xata_           @#                   alnum           32..44    open           xata.io/docs/concepts/api-keys
  cockroach-key                CCDB1_               @[A-Za-z0-9]{20,24}_#  alnum         40        open           www.cockroachlabs.com/docs/cockroachcloud/managing-access
  aiven-password               AVNS_                @#                   base64url       15..24    open           aiven.io/docs/platform/concepts/authentication-tokens
  aiven-token                  aiven                #                    base64-any      200..400  name           aiven.io/docs/platform/concepts/authentication-tokens
  mongodb-atlas-secret         mdb_sa_sk_           @#                   base64url       36..60    open           www.mongodb.com/docs/atlas/api/service-accounts-overview
  mongodb-atlas-key            atlas                #                    uuid            36        name           www.mongodb.com/docs/atlas/configure-api-access
  confluent-secret             confluent            #                    base64          64        name           docs.confluent.io/cloud/current/security/authenticate/workload-identities/service-accounts/api-keys
  confluent-secret-key         cflt                 @#                   base64          60        open           docs.confluent.io/cloud/current/security/authenticate/workload-identities/service-accounts/api-keys
  clickhouse-cloud-secret      4b1d                 @#                   alnum           38        word           clickhouse.com/docs/cloud/manage/openapi
  elastic-api-key              essu_                @#                   base64-padded   30..120   open           www.elastic.co/docs/deploy-manage/api-keys
  elasticsearch-key            elastic,elasticsearch  #                  base64-padded   44..60    name           www.elastic.co/docs/deploy-manage/api-keys/elasticsearch-api-keys
  datastax-token               AstraCS:             @[A-Za-z]{20,30}:#   hex             64        open           docs.datastax.com/en/astra-db-serverless/administration/manage-application-tokens.html
  influxdb-token               influx               #                    base64-any      86..88    name           docs.influxdata.com/influxdb/v2/admin/tokens
  tinybird-token               p.eyJ                @[A-Za-z0-9_-]{20,200}\.#  base64url  30..60   open           www.tinybird.co/docs/get-started/administration/auth-tokens
  upstash-token                upstash              #                    base64-padded   40..120   name           upstash.com/docs/redis/features/restapi
  fauna-key                    fnA                  @#                   base64url       37        word           docs.fauna.com/fauna/current/reference/security/keys
  timescale-password           tsdb_                @#                   alnum           20..64    open           docs.timescale.com
  dbt-token                    dbtc_,dbtu_,dbts_    @#                   base64-any      30..60    open           docs.getdbt.com/docs/dbt-cloud-apis/authentication
  prefect-key                  pnu_,pnb_            @#                   alnum           36        open           docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys
  astronomer-token             astronomer           #                    base64url-dots  100..1200  name          www.astronomer.io/docs/astro/automation-authentication
  dagster-token                agent:               @[a-z0-9-]{2,40}:#   hex             32        word           docs.dagster.io/deployment/dagster-plus/management/tokens
  airbyte-secret               airbyte              #                    alnum           32..40    name           reference.airbyte.com/reference/authentication
  fivetran-secret              fivetran             #                    alnum           32        name           fivetran.com/docs/rest-api/getting-started
  hightouch-key                hightouch            #                    uuid            36        name           hightouch.com/docs/developer-tools/api-guide
  looker-secret                looker               #                    alnum           20..24    name           cloud.google.com/looker/docs/api-auth
  snowflake-token              ver:1-hint:,ver:2-hint:,ver:3-hint:  @[0-9]{4,16}-ETMs#  base64-any  60..400  open  docs.snowflake.com/en/user-guide/oauth-custom
  tableau-token                tableau              #                    a-zA-Z0-9+/=:   40..72    name           help.tableau.com/current/server/en-us/security_personal_access_tokens.htm
  metabase-key                 mb_                  @#                   base64-padded   40..48    open           www.metabase.com/docs/latest/people-and-groups/api-keys
  retool-token                 retool_              @#                   word            24..80    open           docs.retool.com/org-users/guides/retool-api-authentication
  airtable-token               pat                  @[A-Za-z0-9]{14}\.#  hex             64        word           airtable.com/developers/web/guides/personal-access-tokens
  airtable-legacy-key          key                  @#                   alnum           14        word,apart,entropy=3  airtable.com/developers/web/api/authentication
  kaggle-access-token          KGAT_                @#                   hex             32        open           www.kaggle.com/docs/api
  kaggle-key                   kaggle               #                    hex             32        name           www.kaggle.com/docs/api
  quandl-key                   quandl,nasdaq_data   #                    base64url       20        name           docs.data.nasdaq.com/docs/getting-started
  rapidapi-gateway-key         jsn                  [0-9a-zA-Z]{10}msh[0-9a-zA-Z]{15}p1[0-9a-zA-Z]{6}@#  alnum  12  word,lead=36  docs.rapidapi.com/docs/keys-and-key-rotation
  rapidapi-key                 rapidapi             #                    base64url       50        name           docs.rapidapi.com/docs/keys-and-key-rotation
  scrapingbee-key              scrapingbee,scraperapi  #                 upper           32..80    name           www.scrapingbee.com/documentation
  cloudinary-url               cloudinary://        @[0-9]{10,18}:!#     base64url       20..40    free           cloudinary.com/documentation/how_to_integrate_cloudinary
  cloudinary-secret            cloudinary           #                    base64url       27        name           cloudinary.com/documentation/developer_onboarding_faq_find_credentials
  uploadcare-secret            uploadcare           #                    hex             20        name           uploadcare.com/docs/security/api-keys
  filestack-secret             filestack            #                    base32          26        name           www.filestack.com/docs/security
  imgix-key                    ix_                  @#                   alnum           30..64    word           docs.imgix.com/en-US/apis/management
  convex-deploy-key            prod:,dev:           @[a-z]{3,12}-[a-z]{3,14}-[0-9]{1,4}\|#  base64-any  40..400  open          docs.convex.dev/cli/deploy-key-types
  liveblocks-secret-key        sk_prod_,sk_dev_     @#                   base64url       40..100   open           liveblocks.io/docs/authentication/access-token
  dropbox-token                sl.u.,sl.             @#                   base64url       130..1500  word          developers.dropbox.com/oauth-guide
  dropbox-legacy-token         dropbox              #                    base64url       15..64    name           developers.dropbox.com/oauth-guide
  box-secret                   box_client,box_dev   #                    alnum           32        name           developer.box.com/guides/authentication
  contentful-token             CFPAT-               @#                   base64url       43        open           www.contentful.com/developers/docs/references/authentication
  contentful-delivery-token    contentful           #                    base64url       43        name           www.contentful.com/developers/docs/references/authentication
  sanity-token                 sk                   @#                   alnum           80..180   word           www.sanity.io/docs/content-lake/http-auth
  storyblok-token              storyblok            #                    alnum           22..24    name           www.storyblok.com/docs/api/content-delivery/v2/getting-started/authentication
  prismic-token                MC5                  @[A-Za-z0-9_-]{20,40}\.#  base64url  40..120   open           prismic.io/docs/access-token
  datocms-token                datocms              #                    hex             30        name           www.datocms.com/docs/content-management-api/authentication
  hygraph-token                hygraph,graphcms     #                    base64url-dots  200..1500  name          hygraph.com/docs/api-reference/basics/permissions
  frameio-token                fio-u-               @#                   base64-any      64        open           developer.frame.io/docs/getting-started/authentication
  mux-secret                   mux                  #                    base64          75        name           www.mux.com/docs/core/make-api-requests
  tinypng-key                  tinypng,tinify       #                    alnum           32        name           tinypng.com/developers/reference
  openweather-key              openweather,owm,appid  #                  hex             32        name           openweathermap.org/appid
  newsapi-key                  newsapi              #                    hex             32        name           newsapi.org/docs/authentication
  finnhub-key                  finnhub              #                    lower           20..40    name           finnhub.io/docs/api/authentication
  alphavantage-key             alphavantage,alpha_vantage  #             upper           16        name           www.alphavantage.co/documentation
  polygon-key                  polygon_io,polygon_api  #                 base64url       32        name           polygon.io/docs/rest/quickstart
  nytimes-key                  nytimes,newyorktimes  #                   base64url       32        name           developer.nytimes.com/get-started
  here-key                     here_api,heremaps    #                    base64url       43        name           www.here.com/docs/bundle/identity-and-access-management-developer-guide
  tomtom-key                   tomtom               #                    alnum           32        name           developer.tomtom.com/knowledgebase/platform/articles/how-to-get-an-tomtom-api-key
  ipinfo-token                 ipinfo               #                    hex             14        name           ipinfo.io/developers
  `,
);
