/** Payment, shops, shipping, accounting, exchanges, node providers of blockchains. */
import { table } from './table.ts';

export const COMMERCE = table(
  'commerce',
  String.raw`
  # Payment
  stripe-secret-key            sk_live_,sk_test_    @#                   alnum           16..255   open           docs.stripe.com/keys
  stripe-restricted-key        rk_live_,rk_test_    @#                   alnum           16..255   open           docs.stripe.com/keys
  stripe-webhook-secret        whsec_               @#                   base64-any      24..80    open           docs.stripe.com/webhooks
  stripe-client-secret         _secret_             (pi|seti|cs|src)_[A-Za-z0-9]{14,60}@#  alnum  20..64  word,lead=16..64  docs.stripe.com/api/payment_intents/object
  square-access-token          EAAA                 @#                   base64url       60        word           developer.squareup.com/docs/build-basics/access-tokens
  square-oauth-secret          sq0csp-              @#                   base64url       43        open           developer.squareup.com/docs/build-basics/access-tokens
  square-legacy-token          sq0atp-              @#                   base64url       22        open           developer.squareup.com/docs/build-basics/access-tokens
  paypal-access-token          A21AA                @#                   base64url       60..200   open           developer.paypal.com/api/rest/authentication
  paypal-client-secret         paypal               #                    base64url       80        name           developer.paypal.com/api/rest/authentication
  braintree-access-token       access_token$        @(production|sandbox)\$[a-z0-9]{16}\$#  hex  32  open         developer.paypal.com/braintree/articles/control-panel/important-gateway-credentials
  braintree-private-key        braintree            #                    hex             32        name           developer.paypal.com/braintree/articles/control-panel/important-gateway-credentials
  adyen-api-key                hmfx,hmfu            AQE[A-Za-z]@[A-Za-z0-9+/]{40,140}=?=?-[A-Za-z0-9+/]{43}=-#  !#-%(-?A-\[\]-~  12..24  open,lead=4  docs.adyen.com/development-resources/api-credentials
  brex-token                   bxt_                 @#                   alnum           32..64    open           developer.brex.com/docs/authentication
  adyen-api-key-head           hmfx,hmfu            AQE[A-Za-z]@#        base64-any      40..200   open,lead=4    docs.adyen.com/development-resources/api-credentials
  mercadopago-token            APP_USR-             @[0-9]{10,16}-[0-9]{6}-[0-9a-f]{32}-#  digit  5..12  word          www.mercadopago.com.br/developers/en/docs/your-integrations/credentials
  mollie-key                   live_,test_          @#                   alnum           30..35    word,apart     docs.mollie.com/reference/authentication
  mollie-access-token          access_              @#                   alnum           48..60    word,apart      docs.mollie.com/reference/authentication
  checkout-secret-key          sk_sbox_             @#                   a-z0-9*#$=      26..32    open           www.checkout.com/docs/developer-resources/api/api-authentication
  razorpay-key                 rzp_live_,rzp_test_  @#                   alnum           14        open           razorpay.com/docs/api/authentication
  razorpay-secret              razorpay             #                    alnum           24        name           razorpay.com/docs/api/authentication
  flutterwave-secret-key       FLWSECK_TEST-,FLWSECK-  @#                a-zA-Z0-9-      12..48    open           developer.flutterwave.com/docs/api-keys
  flutterwave-encryption-key   FLWSECK_TEST         @#                   hex             12        word           developer.flutterwave.com/docs/api-keys
  midtrans-server-key          Mid-server-          @#                   base64url       24        open           docs.midtrans.com/docs/api-authorization-headers
  xendit-secret-key            xnd_production_,xnd_development_  @#      alnum           40..80    open           docs.xendit.co/docs/api-keys
  paymongo-key                 paymongo             #                    alnum           24        name           developers.paymongo.com/docs/authentication
  gocardless-token             live_,sandbox_       @#                   base64url       40        word,apart     developer.gocardless.com/api-reference
  wise-token                   wise,transferwise    #                    uuid            36        name           docs.wise.com/api-docs/features/authentication-access
  plaid-access-token           access-sandbox-,access-development-,access-production-  @#  uuid  36  open         plaid.com/docs/quickstart/glossary
  plaid-secret                 plaid                #                    hex             30        name           plaid.com/docs/quickstart/glossary
  finicity-secret              finicity             #                    alnum           20..32    name           developer.mastercard.com/open-finance-us/documentation
  dwolla-secret                dwolla               #                    alnum           50        name           developers.dwolla.com/docs/balance/sandbox/api-credentials
  highnote-key                 sk_live_hn_,rk_live_hn_  @#               alnum           20..80    open           docs.highnote.com
  lemonsqueezy-key             lemonsqueezy,lemon_squeezy  #             base64url-dots  40..1000  name           docs.lemonsqueezy.com/guides/developer-guide/getting-started
  paddle-key                   pdl_live_apikey_,pdl_sdbx_apikey_  @#     word            40..90    open           developer.paddle.com/api-reference/about/api-keys
  polar-token                  polar_oat_,polar_pat_  @#                 alnum           40..64    open           docs.polar.sh/integrate/oat
  chargebee-key                chargebee            #                    alnum           32..40    name           www.chargebee.com/docs/2.0/api_keys.html
  recurly-key                  recurly              #                    hex             32        name           docs.recurly.com/docs/api-keys
  # Shops and shipping
  shopify-access-token         shpat_               @#                   hex-any         32        open           shopify.dev/docs/apps/build/authentication-authorization/access-tokens
  shopify-custom-app-token     shpca_               @#                   hex-any         32        open           shopify.dev/docs/apps/build/authentication-authorization/access-tokens
  shopify-private-app-token    shppa_               @#                   hex-any         32        open           shopify.dev/docs/apps/build/authentication-authorization/access-tokens
  shopify-shared-secret        shpss_               @#                   hex-any         32        open           shopify.dev/docs/apps/build/authentication-authorization/client-secrets
  shopify-partner-token        prtapi_,shptka_,shpit_  @#                hex-any         32        open           shopify.dev/docs/api/partner
  woocommerce-key              ck_,cs_              @#                   hex             40        open           woocommerce.com/document/woocommerce-rest-api
  bigcommerce-token            bigcommerce          #                    lower           31        name           developer.bigcommerce.com/docs/start/authentication/api-accounts
  etsy-key                     etsy                 #                    lower           24        name           developers.etsy.com/documentation/essentials/authentication
  ebay-client-secret           PRD-,SBX-            @#                   a-f0-9-         32..36    word           developer.ebay.com/api-docs/static/oauth-credentials.html
  squarespace-key              squarespace          #                    uuid            36        name           developers.squarespace.com/commerce-apis/authentication-and-permissions
  snipcart-key                 snipcart             #                    base64          75        name           docs.snipcart.com/v3/api-reference/authentication
  easypost-key                 EZAK                 @#                   alnum           54        open           docs.easypost.com/docs/authentication
  easypost-test-key            EZTK                 @#                   alnum           54        open           docs.easypost.com/docs/authentication
  shippo-token                 shippo_live_,shippo_test_  @#             hex             40        open           docs.goshippo.com/docs/guides_general/authentication
  duffel-token                 duffel_test_,duffel_live_  @#             base64-any      43        open           duffel.com/docs/api/overview/authentication
  lob-key                      live_,test_          @#                   hex             35        word,apart     docs.lob.com
  # Exchanges and nodes
  coinbase-key                 coinbase             #                    alnum           32..64    name           docs.cdp.coinbase.com/get-started/docs/cdp-api-keys
  binance-key                  binance              #                    alnum           64        name           developers.binance.com/docs/binance-spot-api-docs/rest-api
  kraken-key                   kraken               #                    base64-padded   56..88    name           docs.kraken.com/api/docs/guides/spot-rest-auth
  kucoin-key                   kucoin               #                    uuid            24..36    name           www.kucoin.com/docs-new/authentication
  bitfinex-key                 bitfinex             #                    base64url       43        name           docs.bitfinex.com/docs/rest-auth
  bittrex-key                  bittrex              #                    lower           32        name           bittrex.github.io/api/v3
  bybit-key                    bybit                #                    alnum           18..36    name           bybit-exchange.github.io/docs/v5/guide
  alchemy-key                  alchemy              #                    base64url       32        name           www.alchemy.com/docs/create-an-api-key
  infura-key                   infura               #                    hex             32        name           docs.metamask.io/developer-tools/dashboard/how-to/secure-an-api
  moralis-key                  moralis              #                    alnum           64        name           docs.moralis.com/web3-data-api/evm/get-your-api-key
  etherscan-key                etherscan,polygonscan,bscscan  #          upper           34        name           docs.etherscan.io/getting-an-api-key
  quicknode-token              quicknode            #                    hex             40        name           www.quicknode.com/docs/platform/quicknode-api
  alchemy-url                  .g.alchemy.com/v2/,.alchemyapi.io/v2/,.g.alchemy.com/nft/v2/,.g.alchemy.com/nft/v3/  @!#  base64url  20..64  free  www.alchemy.com/docs/create-an-api-key
  infura-url                   .infura.io/v3/,.infura.io/ws/v3/  @!#     hex             32        free           docs.metamask.io/developer-tools/dashboard/how-to/secure-an-api
  quicknode-url                .quiknode.pro/       @!#                  hex             40        free           www.quicknode.com/docs/platform/quicknode-api
  # Accounting
  freshbooks-token             freshbooks           #                    hex             64        name           www.freshbooks.com/api/authentication
  xero-secret                  xero                 #                    base64url       48        name           developer.xero.com/documentation/guides/oauth2/auth-flow
  quickbooks-secret            quickbooks,intuit    #                    alnum           40        name           developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
  checkout-legacy-secret       sk_test_,sk_live_,sk_  @#                   uuid            36        word           www.checkout.com/docs/developer-resources/api/manage-api-keys
  square-sandbox-secret        sandbox-sq0csb-      @#                   base64url       43..50    open           developer.squareup.com/docs/build-basics/access-tokens
  pagarme-key                  ak_live_,ak_test_    @#                   alnum           30        open           docs.pagar.me
  ramp-secret                  ramp_sec_,ramp_tok_  @#                   alnum           48        open           docs.ramp.com/developer-api/v1/authorization
  iex-cloud-secret             sk_                  @#                   hex             32        word           iexcloud.io/docs
  fleetbase-key                flb_live_,flb_test_  @#                   alnum           20        open           docs.fleetbase.io
  flexport-token               shltm_               @#                   base64url       40        open           developers.flexport.com
  tickettailor-key             sk_                  @[0-9]{4}_[0-9]{6}_#  hex             32        word           developers.tickettailor.com
  `,
);
