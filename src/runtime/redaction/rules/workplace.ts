/** Identity providers, customer relations, documents, issue trackers, education, other services of the workplace. */
import { table } from './table.ts';

export const WORKPLACE = table(
  'workplace',
  String.raw`
  # Identity
  okta-token                   00                   @#                   base64url       40        word,entropy=3.8  developer.okta.com/docs/guides/create-an-api-token
  okta-legacy-token            okta,ssws            #                    base64url       42        name           developer.okta.com/docs/guides/create-an-api-token
  auth0-secret                 auth0                #                    base64url       64        name           auth0.com/docs/get-started/applications/credentials
  clerk-secret                 clerk                #                    alnum           42..50    name           clerk.com/docs/deployments/clerk-environment-variables
  workos-key                   workos               #                    alnum           50..80    name           workos.com/docs/reference/authentication
  stytch-secret                secret-live-,secret-test-  @#             base64-any      36..44    open           stytch.com/docs/api/authentication
  onelogin-secret              onelogin             #                    hex             64        name           developers.onelogin.com/api-docs/2/getting-started
  duo-secret                   duo                  #                    alnum           40        name           duo.com/docs/authapi
  fusionauth-key               fusionauth           #                    base64url       43..64    name           fusionauth.io/docs/apis/authentication
  descope-key                  K2                   @#                   alnum           60..80    word           docs.descope.com/management/m2m-access-keys
  unkey-key                    unkey_               @#                   alnum           20..40    open           www.unkey.com/docs/security/root-keys
  saml-key                     saml_private         #                    base64-padded   60..4096  name           docs.oasis-open.org/security/saml
  otp-secret                   otpauth://           @(totp|hotp)/[A-Za-z0-9%:\@._+ -]{0,80}\?secret=!#  A-Z2-7=  16..128  free,anycase  github.com/google/google-authenticator/wiki/Key-Uri-Format
  # Customers
  hubspot-token                pat-na1-,pat-eu1-,pat-na2-,pat-ap1-  @#   uuid            36        open           developers.hubspot.com/docs/guides/apps/private-apps/overview
  hubspot-legacy-key           hubspot              #                    uuid            36        name           developers.hubspot.com/docs/guides/apps/private-apps/overview
  salesforce-session           00D                  @[A-Za-z0-9]{12,15}\!#  a-zA-Z0-9_.  80..200   word           developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/quickstart_oauth.htm
  salesforce-refresh-token     5Aep861              @#                   base64url-dots  40..160   open           developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest
  salesforce-secret            salesforce,sfdc      #                    alnum           19..64    name           developer.salesforce.com/docs
  zoho-token                   1000.                @[0-9a-f]{32}\.#     hex             32        word           www.zoho.com/accounts/protocol/oauth.html
  zendesk-secret               zendesk              #                    alnum           40..64    name           developer.zendesk.com/api-reference/introduction/security-and-auth
  freshdesk-key                freshdesk,freshworks,freshservice  #      alnum           20        name           developers.freshdesk.com/api
  intercom-token               dG9rOg,dG9rO         @#                   base64-padded   40..80    open           developers.intercom.com/docs/build-an-integration/learn-more/authentication
  intercom-secret              intercom             #                    base64-padded   60        name           developers.intercom.com/docs
  pipedrive-token              pipedrive            #                    hex             40        name           pipedrive.readme.io/docs/core-api-concepts-authentication
  close-key                    api_                 @[A-Za-z0-9]{22}\.#  alnum           22        word           developer.close.com/topics/authentication
  activecampaign-key           activecampaign       #                    hex             72        name           developers.activecampaign.com/reference/authentication
  helpscout-secret             helpscout            #                    alnum           32        name           developer.helpscout.com/mailbox-api/overview/authentication
  front-token                  frontapp,front_api   #                    base64url-dots  100..600  name           dev.frontapp.com/docs/create-and-revoke-api-tokens
  typeform-token               tfp_                 @#                   a-zA-Z0-9_.=-   44..64    open           www.typeform.com/developers/get-started/personal-access-token
  surveymonkey-token           surveymonkey         #                    a-zA-Z0-9.-     60..160   name           api.surveymonkey.com/v3/docs
  calendly-token               calendly             #                    base64url-dots  100..600  name           developer.calendly.com/api-docs
  cal-key                      cal_live_,cal_       @#                   hex             32        open           cal.com/docs/api-reference
  docusign-secret              docusign             #                    uuid            36        name           developers.docusign.com/platform/auth
  # Documents and work
  notion-token                 ntn_                 @#                   alnum           40..60    open           developers.notion.com/docs/authorization
  notion-secret                secret_              @#                   alnum           43        word           developers.notion.com/docs/authorization
  asana-token                  0/,1/,2/             @[0-9/]{12,40}:#     hex             32        word           developers.asana.com/docs/personal-access-token
  asana-secret                 asana                #                    hex             32        name           developers.asana.com/docs/oauth
  linear-key                   lin_api_             @#                   alnum           40        open           linear.app/developers/graphql
  linear-oauth-token           lin_oauth_           @#                   alnum           40..64    open           linear.app/developers/oauth-2-0-authentication
  linear-webhook-secret        lin_wh_              @#                   alnum           20..64    open           linear.app/developers/webhooks
  linear-secret                linear               #                    hex             32        name           linear.app/developers
  monday-token                 monday               #                    base64url-dots  80..300   name           developer.monday.com/api-reference/docs/authentication
  clickup-token                pk_                  @[0-9]{5,9}_#        upper           32        word           clickup.com/api/developer-portal/authentication
  trello-token                 ATTA                 @#                   hex-any         72        word           developer.atlassian.com/cloud/trello/guides/rest-api/authorization
  trello-key                   trello               #                    alnum           32..64    name           developer.atlassian.com/cloud/trello/guides/rest-api/authorization
  figma-token                  figd_                @#                   base64url       40..44    open           www.figma.com/developers/api
  figma-legacy-token           figma                [0-9]{4,8}-#         uuid            36        name           www.figma.com/developers/api
  miro-token                   miro                 #                    base64url       27        name           developers.miro.com/docs/rest-api-reference-guide
  canva-secret                 cnvca                @#                   base64url       40..60    open           www.canva.dev/docs/connect/authentication
  adobe-client-secret          p8e-                 @#                   base64url       28..40    open           developer.adobe.com/developer-console/docs/guides/authentication
  adobe-client-id              adobe                #                    hex             32        name           developer.adobe.com/developer-console/docs/guides/authentication
  grammarly-key                grammarly            #                    alnum           32..64    name           developer.grammarly.com/docs
  shortcut-token               shortcut,clubhouse   #                    uuid            36        name           developer.shortcut.com/api/rest/v3
  coda-token                   coda                 #                    uuid            36        name           coda.io/developers/apis/v1
  readme-key                   rdme_                @#                   lower           70        open           docs.readme.com/main/docs/api-keys
  gitbook-token                gb_api_              @#                   alnum           36..60    open           developer.gitbook.com/gitbook-api/authentication
  swaggerhub-key               swaggerhub           #                    uuid            36        name           app.swaggerhub.com/help/integrations/user-api
  postman-key                  PMAK-                @[0-9a-f]{24}-#      hex             34        open           learning.postman.com/docs/developer/postman-api/authentication
  postman-collection-key       PMAT-                @#                   upper           26        open           learning.postman.com/docs/developer/postman-api
  browserstack-key             browserstack         #                    alnum           20        name           www.browserstack.com/docs/automate/selenium/getting-started
  saucelabs-key                saucelabs,sauce_access  #                 uuid            36        name           docs.saucelabs.com/basics/acct-team-mgmt/managing-user-info
  lambdatest-key               lambdatest,lt_access  #                   alnum           50        name           www.lambdatest.com/support/docs
  cypress-key                  cypress_record       #                    uuid            36        name           docs.cypress.io/cloud/account-management/projects
  percy-token                  percy                #                    hex             64        name           www.browserstack.com/docs/percy
  wakatime-key                 waka_                @#                   uuid            36        open           wakatime.com/developers
  valtown-token                vtwn_                @#                   alnum           20..40    open           docs.val.town/api/authentication
  zapier-webhook               hooks.zapier.com/hooks/catch/  @![0-9]{4,12}/#  lower     6..12     free,entropy=1.5  help.zapier.com/hc/en-us/articles/8496288690317
  ifttt-key                    maker.ifttt.com/trigger/  @[A-Za-z0-9_-]{1,64}/(with|json/with)/key/!#  base64url  20..64  free  help.ifttt.com/hc/en-us/articles/4405024249883
  make-webhook                 hook.eu1.make.com/,hook.us1.make.com/,hook.eu2.make.com/,hook.us2.make.com/,hook.integromat.com/  @!#  lower  24..40  free  www.make.com/en/help/tools/webhooks
  n8n-key                      n8n_api_             @#                   alnum           40..80    open           docs.n8n.io/api/authentication
  inngest-signing-key          signkey-prod-,signkey-test-  @#           hex             32..64    open           www.inngest.com/docs/platform/signing-keys
  trigger-dev-key              tr_prod_,tr_dev_,tr_stg_,tr_pat_  @#      alnum           20..44    open           trigger.dev/docs/apikeys
  samsara-token                samsara_api_         @#                   alnum           30        open           developers.samsara.com/docs/authentication
  ionic-token                  ion_                 @#                   alnum           42        open           ionic.io/docs/appflow/personal-access-tokens
  persona-key                  persona_production_,persona_sandbox_  @#  uuid            36        open           docs.withpersona.com/api-keys
  onfido-token                 api_live.,api_sandbox.  @[A-Za-z0-9_-]{11}\.#  base64url  32        open           documentation.onfido.com/getting-started/general-introduction
  workato-token                wrkaus-,wrkeu-,wrkjp-  @#                 base64url-dots  40..400   open           docs.workato.com/workato-api.html
  outline-key                  ol_api_              @#                   alnum           38        open           www.getoutline.com/developers
  zuplo-key                    zpka_                @#                   word            32..60    open           zuplo.com/docs/policies/api-key-inbound
  settlemint-token             sm_aat_,sm_pat_,sm_sat_  @#               alnum           16..32    open           console.settlemint.com/documentation
  intra42-secret               s-s4t2ud-,s-s4t2af-  @#                   hex             64        open           api.intra.42.fr/apidoc
  adafruit-key                 aio_                 @#                   alnum           28        open           io.adafruit.com/api/docs
  particle-token               particle             #                    hex             40        name           docs.particle.io/reference/cloud-apis/api
  blynk-token                  blynk                #                    base64url       32        name           docs.blynk.io/en/blynk.cloud/authenticate-your-device
  home-assistant-token         hass_token,home_assistant  #              base64url-dots  150..300  name           developers.home-assistant.io/docs/auth_api
  ubisoft-key                  cfxk_                @[A-Za-z0-9]{20}_#   alnum           5..8      open,entropy=1  docs.fivem.net/docs/server-manual/setting-up-a-server-vanilla
  lichess-token                lip_                 @#                   alnum           20        word,apart     lichess.org/api
  steam-key                    steam                #                    hex-upper       32        name           steamcommunity.com/dev
  roblox-cookie                _|WARNING:-DO-NOT-SHARE-THIS  @[ -{}]{10,200}\|_!#  A-F0-9  100..1200  free        create.roblox.com/docs/cloud/auth
  riot-key                     RGAPI-               @#                   uuid            36        open           developer.riotgames.com/docs/portal
  sslmate-key                  sslmate              #                    alnum           36        name           sslmate.com/help
  spinnaker-key                freemius             #                    a-zA-Z0-9_.+$#@=-  32     name           freemius.com/help/documentation
  figma-oauth-token            figr_,figo_          @#                   base64url       40..44    open           www.figma.com/developers/api
  smooch-secret                act_                 @#                   lower           24        word,apart     docs.smooch.io
  teamwork-token               tkn.v1_              @#                   base64-any      60..100   open           apidocs.teamwork.com
  salesblink-key               key-                 @#                   alnum           52        word           salesblink.io
  `,
);
