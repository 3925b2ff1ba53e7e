/** Chat, mail, telephony, push, webhooks of all of these. */
import { table } from './table.ts';

export const MESSAGING = table(
  'messaging',
  String.raw`
  # Chat
  slack-bot-token              xoxb-                @#                   a-zA-Z0-9-      20..255   open           api.slack.com/concepts/token-types
  slack-user-token             xoxp-,xoxo-          @#                   a-zA-Z0-9-      20..255   open           api.slack.com/concepts/token-types
  slack-app-token              xapp-                @#                   a-zA-Z0-9-      20..255   open           api.slack.com/concepts/token-types
  matrix-access-token          syt_                 @[A-Za-z0-9+/=]{2,80}_#_[A-Za-z0-9]{6}  alnum  20      word           spec.matrix.org/latest/client-server-api
  slack-config-token           xoxe-                @#                   a-zA-Z0-9+/=-    20..512   open           api.slack.com/authentication/config-tokens
  slack-config-access-token    xoxe.xoxp-,xoxe.xoxb-  @#                 a-zA-Z0-9-      20..512   open           api.slack.com/authentication/config-tokens
  slack-workspace-token        xoxa-,xoxr-,xoxs-    @#                   a-zA-Z0-9-      20..255   open           api.slack.com/concepts/token-types
  slack-cookie                 xoxd-,xoxc-          @#                   a-zA-Z0-9%+/=-  20..400   open           api.slack.com/concepts/token-types
  slack-webhook                hooks.slack.com/     @(services|workflows|triggers)/!#  a-zA-Z0-9/  30..120  free  api.slack.com/messaging/webhooks
  discord-webhook              discord.com/api/webhooks/,discordapp.com/api/webhooks/  @![0-9]{15,21}/#  base64url  50..80  free  discord.com/developers/docs/resources/webhook
  discord-bot-token            -                    [MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.#  base64url  27..42  run  discord.com/developers/docs/reference
  discord-user-token           mfa.                 @#                   base64url       84        open           discord.com/developers/docs/reference
  discord-client-secret        discord              #                    base64url       32        name           discord.com/developers/docs/topics/oauth2
  teams-webhook                .webhook.office.com/webhookb2/,outlook.office.com/webhook/,outlook.office365.com/webhook/  @!#       a-zA-Z0-9@/-    60..240   free           learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
  telegram-bot-token           :AA                  [0-9]{8,10}@#        base64url       32..34    word,lead=8..10  core.telegram.org/bots/api
  telegram-bot-url             /bot                 @!#:[A-Za-z0-9_-]{30,40}  digit      8..10     free,entropy=0           core.telegram.org/bots/api
  mattermost-token             mattermost           #                    lower           26        name           developers.mattermost.com/integrate/reference/personal-access-token
  mattermost-webhook           /hooks/              @!#                  lower           26        free,entropy=3.2  developers.mattermost.com/integrate/webhooks/incoming
  lark-webhook                 open.feishu.cn/open-apis/bot/v2/hook/,open.larksuite.com/open-apis/bot/v2/hook/  @!#  uuid  36  free  open.larksuite.com/document/client-docs/bot-v3/add-custom-bot
  google-chat-webhook          chat.googleapis.com/v1/spaces/  @[A-Za-z0-9_-]{5,20}/messages\?key=!#  a-zA-Z0-9_&=%-  60..200  free  developers.google.com/workspace/chat/quickstart/webhooks
  gitter-token                 gitter               #                    hex             40        name           developer.gitter.im/docs/authentication
  zulip-key                    zulip                #                    alnum           32        name           zulip.com/api/api-keys
  line-token                   line_channel,line_notify  #               base64-padded   43..180   name           developers.line.biz/en/docs/messaging-api/channel-access-tokens
  rocketchat-token             rocketchat,rocket_chat  #                 base64url       43        name           developer.rocket.chat/apidocs/get-access-tokens
  webex-token                  webex                #                    base64url       60..120   name           developer.webex.com/docs/getting-started
  zoom-secret                  zoom                 #                    alnum           32        name           developers.zoom.us/docs/internal-apps
  viber-token                  viber                #                    dashed          50        name           developers.viber.com/docs/api/rest-bot-api
  # Telephony
  twilio-api-key               SK                   @#                   hex             32        word           www.twilio.com/docs/iam/api-keys
  twilio-auth-token            twilio               #                    hex             32        name           www.twilio.com/docs/iam/api-keys
  vonage-secret                vonage,nexmo         #                    alnum           16        name           developer.vonage.com/en/account/secret-management
  plivo-token                  plivo                #                    alnum           40        name           www.plivo.com/docs/account/api/request
  telnyx-key                   KEY0                 @#                   word            50..60    open           developers.telnyx.com/docs/development/api-guide/authentication
  messagebird-key              messagebird,bird_api  #                   alnum           25        name           developers.messagebird.com/api
  sinch-secret                 sinch                #                    base64-any      24..40    name           developers.sinch.com/docs/sms/api-reference
  agora-certificate            agora                #                    hex             32        name           docs.agora.io/en/video-calling/reference/manage-agora-account
  livekit-secret               livekit              #                    alnum           40..48    name           docs.livekit.io/home/get-started/authentication
  # Mail
  sendgrid-key                 SG.                  @[A-Za-z0-9_-]{20,24}\.#  base64url  39..50    open           www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
  mailgun-key                  key-                 @#                   hex             32        word           documentation.mailgun.com/docs/mailgun/api-reference/mg-auth
  mailgun-domain-key           mailgun              [0-9a-f]{32}-[0-9a-f]{8}-#  hex      8         name           documentation.mailgun.com/docs/mailgun/api-reference/mg-auth
  mailchimp-key                -us                  #@[0-9]{1,2}         hex             32        word,lead=32   mailchimp.com/developer/marketing/guides/quick-start
  mandrill-key                 md-                  @#                   base64url       22        word           mailchimp.com/developer/transactional/guides/quick-start
  mandrill-legacy-key          mandrill             #                    base64url       22        name           mailchimp.com/developer/transactional/guides/quick-start
  brevo-key                    xkeysib-             @[0-9a-f]{64}-#      alnum           16        open           developers.brevo.com/docs/getting-started
  brevo-smtp-key               xsmtpsib-            @[0-9a-f]{64}-#      alnum           16        open           developers.brevo.com/docs/send-a-transactional-email
  mailjet-secret               mailjet              #                    hex             32        name           dev.mailjet.com/email/guides
  mailersend-token             mlsn.                @#                   hex             64        open           developers.mailersend.com/general.html
  mailerlite-token             mailerlite           #                    base64url-dots  40..1200  name           developers.mailerlite.com/docs
  sparkpost-key                sparkpost            #                    hex             40        name           developers.sparkpost.com/api
  postmark-token               postmark             #                    uuid            36        name           postmarkapp.com/developer/api/overview
  resend-key                   re_                  @#                   word            32..36    word           resend.com/docs/api-reference/introduction
  mailtrap-token               mailtrap             #                    hex             32        name           api-docs.mailtrap.io
  loops-key                    loops_api            #                    hex             32        name           loops.so/docs/api-reference/intro
  customerio-key               customerio,customer_io  #                 hex             20..32    name           docs.customer.io/accounts-and-workspaces/managing-credentials
  klaviyo-key                  pk_                  @#                   hex             34..38    word           developers.klaviyo.com/en/docs/authenticate_
  sendbird-token               sendbird             #                    hex             40        name           sendbird.com/docs/chat/platform-api/v3/prepare-to-use-api
  beamer-key                   b_                   @#                   base64-any      44        word           www.getbeamer.com/api
  # Push and realtime
  onesignal-key                os_v2_app_,os_v2_org_  @#                 lower           80..130   open           documentation.onesignal.com/docs/keys-and-ids
  onesignal-legacy-key         onesignal            #                    alnum           48        name           documentation.onesignal.com/docs/keys-and-ids
  pusher-secret                pusher               #                    hex             20        name           pusher.com/docs/channels/getting_started
  ably-key                     ably                 [A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{6}:#  base64url  43  name     ably.com/docs/auth/basic
  getstream-secret             getstream,stream_api  #                   lower           64        name           getstream.io/chat/docs/rest
  pubnub-secret-key            sec-c-               @#                   base64-any      36..60    open           www.pubnub.com/docs/general/setup/account-setup
  pubnub-key                   pub-c-,sub-c-        @#                   uuid            36        open           www.pubnub.com/docs/general/setup/account-setup
  novu-key                     novu                 #                    hex             32        name           docs.novu.co/api-reference/overview
  courier-key                  pk_prod_             @#                   upper           28        open           www.courier.com/docs/reference/auth/intro
  expo-token                   expo_token,expo-token  #                  base64url       40        name           docs.expo.dev/accounts/programmatic-access
  # Social
  facebook-access-token        EAA                  @#                   alnum           60..400   word           developers.facebook.com/docs/facebook-login/guides/access-tokens
  facebook-page-token          EAACEdEose0cBA       @#                   alnum           20..400   open           developers.facebook.com/docs/facebook-login/guides/access-tokens
  facebook-app-secret          facebook,fb_app      #                    hex             32        name           developers.facebook.com/docs/facebook-login/security
  instagram-token              IGQV,IGAA            @#                   base64url       60..300   open           developers.facebook.com/docs/instagram-platform
  oculus-token                 OC|                  @[0-9]{10,20}\|#     alnum           20..64    open           developers.meta.com/horizon/documentation
  twitter-bearer-token         AAAAAAAAAAAAAAAAAAAA  @#                  a-zA-Z0-9%      60..140   open           docs.x.com/resources/fundamentals/authentication
  twitter-secret               twitter              #                    alnum           35..50    name           docs.x.com/resources/fundamentals/authentication
  linkedin-secret              linkedin             #                    alnum           14..16    name           learn.microsoft.com/linkedin/shared/authentication/client-credentials-flow
  linkedin-client-secret       WPL_AP0.,WPL_AP1.    @#                   A-Za-z0-9+/=.   12..40    open           learn.microsoft.com/linkedin/shared/authentication/client-credentials-flow
  twitch-token                 twitch               #                    lower           30        name           dev.twitch.tv/docs/authentication
  reddit-secret                reddit               #                    base64url       27..30    name           github.com/reddit-archive/reddit/wiki/OAuth2
  spotify-secret               spotify              #                    hex             32        name           developer.spotify.com/documentation/web-api/concepts/apps
  tiktok-secret                tiktok               #                    alnum           32..40    name           developers.tiktok.com/doc/oauth-user-access-token-management
  flickr-secret                flickr               #                    hex             16..32    name           www.flickr.com/services/api/auth.oauth.html
  telnyx-v2-key                KEY                  @[0-9A-F]{32}_#      alnum           22        word           developers.telnyx.com/docs/account-setup/api-keys
  `,
);
