/** Monitoring, feature flags, analytics, incident response, infrastructure as code, secrets managers, networks. */
import { table } from './table.ts';

export const OPERATIONS = table(
  'operations',
  String.raw`
  # Monitoring
  datadog-api-key              datadog,dd_api,dd-api  #                  hex             32        name           docs.datadoghq.com/account_management/api-app-keys
  datadog-app-key              datadog,dd_app,dd-application  #          hex             40        name           docs.datadoghq.com/account_management/api-app-keys
  datadog-client-token         pub                  @#                   hex             32        word           docs.datadoghq.com/account_management/api-app-keys
  newrelic-user-key            NRAK-                @#                   upper           27        open           docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
  newrelic-ingest-key          FFFFNRAL             #@                   lower           32        word,lead=32   docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
  newrelic-license-key         NRAL                 #@                   hex             36        word,lead=36   docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
  newrelic-eu-key              eu01xx               @#NRAL               hex             30        word           docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
  newrelic-insert-key          NRII-                @#                   base64url       32        open           docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
  newrelic-browser-key         NRJS-,NRBR-          @#                   hex             19        open           docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
  newrelic-legacy-key          NRRA-,NRAA-,NRIQ-    @#                   alnum           20..42    open           docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
  grafana-service-token        glsa_                @[A-Za-z0-9]{32}_#   hex-any         8         open           grafana.com/docs/grafana/latest/administration/service-accounts
  grafana-cloud-token          glc_                 @#                   base64-any      32..400   open           grafana.com/docs/grafana-cloud/account-management/authentication-and-permissions/access-policies
  grafana-legacy-key           eyJrIjoi             @#                   base64-any      60..400   open           grafana.com/docs/grafana/latest/developers/http_api/authentication
  sentry-org-token             sntrys_              @#                   base64-any      60..400   open           docs.sentry.io/account/auth-tokens
  sentry-user-token            sntryu_              @#                   hex             64        open           docs.sentry.io/account/auth-tokens
  sentry-legacy-token          sentry               #                    hex             64        name           docs.sentry.io/account/auth-tokens
  dynatrace-token              dt0c01.,dt0s01.,dt0s02.,dt0s16.  @[A-Z0-9]{8,24}\.#  upper  64        open           docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients
  honeycomb-key                hcaik_,hcxik_,hcxmk_,hcamk_  @#           lower           58        open           docs.honeycomb.io/configure/environments/manage-api-keys
  honeycomb-legacy-key         honeycomb            #                    alnum           22..32    name           docs.honeycomb.io/configure/environments/manage-api-keys
  splunk-token                 splunk               #                    uuid            36        name           docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector
  sumologic-key                sumologic,sumo       #                    alnum           64        name           www.sumologic.com/help/docs/manage/security/access-keys
  logzio-token                 logzio,logz_io       #                    alnum           32        name           docs.logz.io/docs/user-guide/admin/authentication-tokens
  logdna-key                   logdna,mezmo         #                    hex             32        name           docs.mezmo.com/docs/ingestion-key
  loggly-token                 loggly               #                    uuid            36        name           documentation.solarwinds.com/en/success_center/loggly
  papertrail-token             papertrail           #                    alnum           20        name           www.papertrail.com/help/http-api
  betterstack-token            betterstack,logtail  #                    alnum           24        name           betterstack.com/docs/logs/api/getting-started
  axiom-token                  xaat-,xapt-          @#                   uuid            36        open           axiom.co/docs/reference/tokens
  rollbar-token                rollbar              #                    hex             32        name           docs.rollbar.com/docs/access-tokens
  bugsnag-key                  bugsnag              #                    hex             32        name           docs.bugsnag.com/api
  airbrake-key                 airbrake             #                    hex             32..40    name           docs.airbrake.io/docs/devops-tools/api
  raygun-key                   raygun               #                    base64-any      22..44    name           raygun.com/documentation/product-guides/public-api
  appdynamics-secret           appdynamics          #                    uuid            36        name           docs.appdynamics.com/appd/24.x/latest/en/extend-splunk-appdynamics
  logicmonitor-token           lmb_                 @#                   base64-any      60..140   open           www.logicmonitor.com/support/rest-api-developers-guide
  uptimerobot-key              ur                   @[0-9]{6,9}-#        hex             24        word           uptimerobot.com/api
  pingdom-token                pingdom              #                    base64url       80        name           docs.pingdom.com/api
  checkly-key                  cu_                  @#                   hex             32        word           www.checklyhq.com/docs/accounts-and-users/creating-api-key
  statuspage-key               statuspage           #                    hex             32..64    name           developer.statuspage.io
  # Incidents
  pagerduty-token              pagerduty,pd_api     #                    base64url       20        name           developer.pagerduty.com/docs/authentication
  pagerduty-user-token         u+                   @#                   base64url       18        word           developer.pagerduty.com/docs/authentication
  pagerduty-routing-key        pagerduty,routing_key  #                  lower           32        name           developer.pagerduty.com/docs/events-api-v2-overview
  opsgenie-key                 opsgenie,genie       #                    uuid            36        name           docs.opsgenie.com/docs/api-key-management
  rootly-token                 rootly_              @#                   hex             64        open           docs.rootly.com/api-reference/overview
  incidentio-key               inc_                 @#                   alnum           40..64    open           api-docs.incident.io
  # Feature flags and analytics
  launchdarkly-key             sdk-,api-,mob-       @#                   uuid            36        word           launchdarkly.com/docs/home/account/api
  split-key                    split_api,split_io   #                    lower           36..56    name           docs.split.io/reference/api-keys-overview
  statsig-secret               secret-              @#                   alnum           40..50    word           docs.statsig.com/access-management/api-keys
  unleash-token                unleash              #                    a-zA-Z0-9:.*-   40..120   name           docs.getunleash.io/reference/api-tokens-and-client-keys
  flagsmith-key                ser.                 @#                   alnum           22        word           docs.flagsmith.com/clients/server-side
  posthog-key                  phx_,phs_            @#                   alnum           40..50    open           posthog.com/docs/api
  mixpanel-secret              mixpanel             #                    hex             32        name           docs.mixpanel.com/docs/orgs-and-projects/managing-projects
  amplitude-secret             amplitude            #                    hex             32        name           amplitude.com/docs/apis/authentication
  segment-token                segment              #                    alnum           32..40    name           segment.com/docs/connections/find-writekey
  fullstory-key                na1.,eu1.            @#                   base64-padded   60..160   word           developer.fullstory.com/server/authentication
  algolia-key                  algolia              #                    hex             32        name           www.algolia.com/doc/guides/security/api-keys
  mapbox-secret-token          sk.eyJ,tk.eyJ        @[A-Za-z0-9_-]{20,200}\.#  base64url  20..40   open           docs.mapbox.com/accounts/guides/tokens
  mapbox-public-token          pk.eyJ               @[A-Za-z0-9_-]{20,200}\.#  base64url  20..40   open           docs.mapbox.com/accounts/guides/tokens
  maxmind-license              _mmk                 #_[A-Za-z0-9]{29}@   alnum           6         word,lead=36   dev.maxmind.com/license-key
  # Infrastructure
  vault-service-token          hvs.                 @#                   base64url       24..300   open           developer.hashicorp.com/vault/docs/concepts/tokens
  vault-batch-token            hvb.                 @#                   base64url       60..400   open           developer.hashicorp.com/vault/docs/concepts/tokens
  vault-recovery-token         hvr.                 @#                   base64url       24..300   open           developer.hashicorp.com/vault/docs/concepts/tokens
  vault-legacy-batch-token     vault                [br]\.#              alnum           24        name           developer.hashicorp.com/vault/docs/concepts/tokens
  vault-legacy-token           s.                   @#                   alnum           24        word           developer.hashicorp.com/vault/docs/concepts/tokens
  terraform-token              .atlasv1.            [A-Za-z0-9]{14}@#    base64url       60..80    open,lead=14   developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens
  consul-token                 consul               #                    uuid            36        name           developer.hashicorp.com/consul/docs/security/acl/tokens
  nomad-token                  nomad                #                    uuid            36        name           developer.hashicorp.com/nomad/docs/secure/acl/tokens
  boundary-token               at_                  @[A-Za-z0-9]{10}_#   alnum           40..200   open           developer.hashicorp.com/boundary/docs
  pulumi-token                 pul-                 @#                   hex             40        open           www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens
  doppler-token                dp.pt.,dp.ct.,dp.sa.,dp.scim.,dp.audit.  @#  alnum        40..44    open           docs.doppler.com/reference/auth-token-formats
  doppler-service-token        dp.st.               @#                   base64url-dots  40..90    open           docs.doppler.com/reference/auth-token-formats
  infisical-token              st.                  @[0-9a-f]{20,26}\.[0-9a-f]{20,64}\.#  hex  32..64  open       infisical.com/docs/documentation/platform/token
  onepassword-token            ops_eyJ              @#                   base64-any      100..1200  open          developer.1password.com/docs/service-accounts
  onepassword-secret-key       A3-                  @[A-Z0-9]{6}-[A-Z0-9]{6,11}-[A-Z0-9]{5,6}-[A-Z0-9]{5}-#  A-Z0-9-  5..11  word  support.1password.com/secret-key-security
  bitwarden-token              bitwarden,bws_access  [0-9]\.#            a-zA-Z0-9.:+/=-  60..140  name           bitwarden.com/help/access-tokens
  akeyless-key                 akeyless             #                    base64-padded   44        name           docs.akeyless.io/docs/auth-with-api-key
  teleport-token               teleport             #                    hex             32        name           goteleport.com/docs/enroll-resources/agents/join-token
  kubernetes-bootstrap-token   bootstrap,kubeadm    [a-z0-9]{6}\.#       lower           16        name           kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens
  openshift-token              sha256~              @#                   base64url       43        open           docs.redhat.com/documentation/openshift_container_platform
  rancher-token                token-               @[a-z0-9]{5}:#       lower           54        open           ranchermanager.docs.rancher.com/api/api-tokens
  rancher-kubeconfig-token     kubeconfig-u-        @[a-z0-9]{8,20}:#    lower           54        open           ranchermanager.docs.rancher.com/api/api-tokens
  portainer-token              ptr_                 @#                   base64-padded   40..52    open           docs.portainer.io/api/access
  chef-token                   chef                 #                    base64-padded   28..44    name           docs.chef.io/automate/api_tokens
  puppet-token                 puppet               #                    base64url       44..64    name           www.puppet.com/docs/pe/latest/rbac_token_auth_intro
  tailscale-key                tskey-auth-,tskey-api-,tskey-client-,tskey-scim-,tskey-webhook-  @[A-Za-z0-9]{8,20}-#  alnum  20..48  open  tailscale.com/kb/1085/auth-keys
  tailscale-legacy-key         tskey-               @#                   a-zA-Z0-9-      16..80    open           tailscale.com/kb/1085/auth-keys
  zerotier-token               zerotier             #                    alnum           32        name           docs.zerotier.com/api/central
  ngrok-agent-token            -                    2[A-Za-z0-9]{26}_[0-9]#  alnum        20        run,entropy=3  ngrok.com/docs/agent
  ngrok-token                  ngrok                [0-9][A-Za-z0-9]{26}_#  alnum        20        name           ngrok.com/docs/agent
  ngrok-api-key                ngrok                #                    word            45..52    name           ngrok.com/docs/api
  wireguard-key                privatekey,presharedkey  #                base64-padded   44        name           www.wireguard.com/quickstart
  meraki-key                   meraki               #                    hex             40        name           developer.cisco.com/meraki/api-v1/authorization
  unifi-key                    unifi                #                    base64url       32        name           developer.ui.com/site-manager-api/gettingstarted
  dnsimple-token               dnsimple_a_,dnsimple_u_  @#               alnum           30..40    open           developer.dnsimple.com/v2
  godaddy-key                  godaddy              #                    word            36..38    name           developer.godaddy.com/getstarted
  namecheap-key                namecheap            #                    hex             32        name           www.namecheap.com/support/api/intro
  porkbun-key                  pk1_,sk1_            @#                   hex             64        open           porkbun.com/api/json/v3/documentation
  shodan-key                   shodan               #                    alnum           32        name           developer.shodan.io/api/requirements
  virustotal-key               virustotal,vt_api    #                    hex             64        name           docs.virustotal.com/reference/authentication
  abuseipdb-key                abuseipdb            #                    hex             80        name           docs.abuseipdb.com
  censys-secret                censys               #                    alnum           32        name           docs.censys.com
  securitytrails-key           securitytrails       #                    alnum           32        name           docs.securitytrails.com/docs/authentication
  crowdstrike-secret           crowdstrike,falcon   #                    alnum           40        name           falcon.crowdstrike.com/documentation
  tenable-key                  tenable,nessus       #                    hex             64        name           developer.tenable.com/docs/authorization
  rapid7-key                   rapid7,insightvm     #                    uuid            36        name           docs.rapid7.com/insight/managing-platform-api-keys
  sysdig-token                 sysdig               #                    uuid            36        name           docs.sysdig.com/en/developer-tools
  aqua-token                   aquasec              #                    alnum           32..64    name           docs.aquasec.com
  defined-networking-token     dnkey-               @[A-Za-z0-9=_-]{26}-#  A-Za-z0-9=_-  52        open           docs.defined.net/api
  authress-key                 sc_,ext_,scauth_,authress_  @[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.#  base64-any  30..120  open  authress.io/knowledge-base/docs/authorization/service-clients
  endor-key                    endr+                @#                   alnum           16        open           docs.endorlabs.com
  trufflehog-key               thog-key-            @#                   hex             16        open           docs.trufflesecurity.com
  trufflehog-secret            thog-secret-         @#                   hex             32        open           docs.trufflesecurity.com
  ubidots-token                BBFF-,BBUS-          @#                   alnum           30        open           docs.ubidots.com/reference/authentication
  configcat-sdk-key            configcat-sdk-1/     @[A-Za-z0-9_-]{22}/#  base64url       22        open           configcat.com/docs/advanced/code-references
  deno-deploy-token            ddp_,ddo_            @#                   alnum           36        open           docs.deno.com/deploy
  tines-webhook                .tines.com/webhook/  @[a-z0-9]{32}/!#     lower           32        free           www.tines.com/docs/actions/types/webhook
  healthchecks-ping            hc-ping.com/,hchk.io/  @!#                uuid            36        free           healthchecks.io/docs/http_api
  conda-token                  /t/                  @![a-z]{2}-#         uuid            36        free           docs.anaconda.com/anacondaorg/user-guide/work-with-tokens
  `,
);
