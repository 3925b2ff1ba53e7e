/**
 * Kinds of secrets for the corpus: what a fresh value of each looks like, by its issuer's documentation, and the name
 * that people give it. Written from the issuers' pages, not from the rules: where the two disagree, a test fails.
 */
import { createHmac } from 'node:crypto';
import type { Random } from './random.ts';

export interface Kind {
  readonly id: string;
  /** As an environment variable. */
  readonly name: string;
  /** True when the value is known without its name, wherever it stands. */
  readonly marked: boolean;
  /** Characters at its start that every value has: they are no secret. */
  readonly prefix: number;
  /** The same at its end. */
  readonly suffix: number;
  readonly make: (r: Random) => string;
}

const kinds: Kind[] = [];
/** A kind that its own characters tell. */
function marked(id: string, name: string, prefix: string, rest: (r: Random) => string, suffix = ''): void {
  kinds.push({
    id,
    name,
    marked: true,
    prefix: prefix.length,
    suffix: suffix.length,
    make: (r) => prefix + rest(r) + suffix,
  });
}
/** A kind that only its name tells. */
function named(id: string, name: string, make: (r: Random) => string): void {
  kinds.push({ id, name, marked: false, prefix: 0, suffix: 0, make });
}

// Clouds
for (const [id, prefix] of [
  ['aws-access-key', 'AKIA'],
  ['aws-temporary-key', 'ASIA'],
  ['aws-bearer', 'ABIA'],
  ['aws-context', 'ACCA'],
] as const)
  marked(id, 'AWS_ACCESS_KEY_ID', prefix, (r) => r.base32(16));
named('aws-secret-key', 'AWS_SECRET_ACCESS_KEY', (r) => r.base64(40));
marked('aws-session-token', 'AWS_SESSION_TOKEN', 'IQoJb3JpZ2luX2Vj', (r) => `${r.base64(300)}==`);
marked('aws-bedrock', 'AWS_BEARER_TOKEN_BEDROCK', 'ABSK', (r) => `${r.base64(120)}=`);
marked('aws-appsync', 'APPSYNC_API_KEY', 'da2-', (r) => r.lower(26));
marked('amazon-mws', 'MWS_AUTH_TOKEN', 'amzn.mws.', (r) => r.uuid());
marked('amazon-lwa', 'LWA_CLIENT_SECRET', 'amzn1.oa2-cs.v1.', (r) => r.hex(64));
marked('google-api-key', 'GOOGLE_API_KEY', 'AIza', (r) => r.base64url(35));
marked('google-oauth-secret', 'GOOGLE_CLIENT_SECRET', 'GOCSPX-', (r) => r.base64url(28));
marked('google-access-token', 'GOOGLE_OAUTH_TOKEN', 'ya29.', (r) => `a0A${r.base64url(160)}`);
marked('google-refresh-token', 'GOOGLE_REFRESH_TOKEN', '1//0', (r) => `${r.lower(1)}${r.base64url(95)}`);
named('gcs-hmac-secret', 'GCS_HMAC_SECRET', (r) => r.base64(40));
marked('fcm-server-key', 'FCM_SERVER_KEY', 'AAAA', (r) => `${r.base64url(7)}:APA91b${r.base64url(134)}`);
named('recaptcha-secret', 'RECAPTCHA_SECRET_KEY', (r) => `6L${r.alnum(6)}AAAAA${r.base64url(27)}`);
named('azure-storage-key', 'AZURE_STORAGE_KEY', (r) => r.bytes(64).toString('base64'));
marked(
  'azure-storage-key-marked',
  'AZURE_STORAGE_ACCOUNT_KEY',
  '',
  (r) => `${r.base64(76)}+ASt${r.base64(5)}Q==`,
);
marked(
  'azure-client-secret',
  'AZURE_CLIENT_SECRET',
  '',
  (r) => `${r.alnum(3)}8Q~${r.of('abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789_~.-', 34)}`,
);
named('azure-devops-pat', 'AZURE_DEVOPS_EXT_PAT', (r) => r.base32Lower(52));
marked('azure-devops-pat-new', 'AZURE_DEVOPS_TOKEN', '', (r) => `${r.alnum(76)}AZDO${r.alnum(4)}`);
named('azure-openai', 'AZURE_OPENAI_API_KEY', (r) => r.hex(32));
named('azure-cosmos', 'COSMOS_ACCOUNT_KEY', (r) => r.bytes(64).toString('base64'));
named('azure-servicebus', 'SERVICEBUS_SHARED_ACCESS_KEY', (r) => r.bytes(32).toString('base64'));
named('azure-apim', 'OCP_APIM_SUBSCRIPTION_KEY', (r) => r.hex(32));
marked('alibaba-key-id', 'ALIBABA_CLOUD_ACCESS_KEY_ID', 'LTAI', (r) => `5t${r.alnum(18)}`);
named('alibaba-secret', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', (r) => r.alnum(30));
marked('tencent-id', 'TENCENTCLOUD_SECRET_ID', 'AKID', (r) => r.alnum(32));
named('tencent-secret', 'TENCENTCLOUD_SECRET_KEY', (r) => r.alnum(32));
named('huawei-secret', 'HUAWEICLOUD_SDK_SK_SECRET', (r) => r.alnum(40));
named('baidu-secret', 'BAIDU_SECRET_KEY', (r) => r.hex(32));
marked('digitalocean-pat', 'DIGITALOCEAN_TOKEN', 'dop_v1_', (r) => r.hex(64));
marked('digitalocean-oauth', 'DIGITALOCEAN_OAUTH_TOKEN', 'doo_v1_', (r) => r.hex(64));
marked('digitalocean-refresh', 'DIGITALOCEAN_REFRESH_TOKEN', 'dor_v1_', (r) => r.hex(64));
marked('digitalocean-spaces', 'SPACES_ACCESS_KEY', 'DO00', (r) => r.upper(16));
named('linode', 'LINODE_TOKEN', (r) => r.hex(64));
named('vultr', 'VULTR_API_KEY', (r) => r.upper(36));
named('hetzner', 'HCLOUD_TOKEN', (r) => r.alnum(64));
marked('scaleway-access', 'SCW_ACCESS_KEY', 'SCW', (r) => r.upper(17));
named('scaleway-secret', 'SCW_SECRET_KEY', (r) => r.uuid());
named('ovh-secret', 'OVH_APPLICATION_SECRET', (r) => r.alnum(32));
named('ovh-consumer', 'OVH_CONSUMER_KEY', (r) => r.alnum(32));
named('exoscale-secret', 'EXOSCALE_API_SECRET', (r) => r.base64url(43));
named('ibm-cloud', 'IBMCLOUD_API_KEY', (r) => r.base64url(44));
marked('backblaze', 'B2_APPLICATION_KEY', 'K005', (r) => r.base64(27));
named('wasabi', 'WASABI_SECRET_KEY', (r) => r.alnum(40));
named('cloudflare-token', 'CLOUDFLARE_API_TOKEN', (r) => r.base64url(40));
named('cloudflare-global', 'CLOUDFLARE_API_KEY', (r) => r.hex(37));
marked('cloudflare-origin', 'CLOUDFLARE_ORIGIN_CA_KEY', 'v1.0-', (r) => `${r.hex(24)}-${r.hex(146)}`);
named('fastly', 'FASTLY_API_TOKEN', (r) => r.base64url(32));
named('akamai-secret', 'AKAMAI_CLIENT_SECRET', (r) => r.bytes(32).toString('base64'));
named('vercel', 'VERCEL_TOKEN', (r) => r.alnum(24));
marked('netlify', 'NETLIFY_AUTH_TOKEN', 'nfp_', (r) => r.alnum(36));
named('heroku', 'HEROKU_API_KEY', (r) => r.uuid());
marked('heroku-new', 'HEROKU_API_TOKEN', 'HRKU-', (r) => `AA${r.base64url(58)}`);
marked('fly', 'FLY_API_TOKEN', 'fm2_', (r) => `lJPEC${r.base64(200)}`);
marked('fly-old', 'FLY_ACCESS_TOKEN', 'fo1_', (r) => r.base64url(43));
marked('render', 'RENDER_API_KEY', 'rnd_', (r) => r.alnum(32));
named('railway', 'RAILWAY_TOKEN', (r) => r.uuid());
marked('scalingo', 'SCALINGO_API_TOKEN', 'tk-us-', (r) => r.base64url(48));
marked('yandex-api', 'YANDEX_API_KEY', 'AQVN', (r) => r.base64url(36));
marked('yandex-static', 'YANDEX_ACCESS_KEY', 'YCA', (r) => r.base64url(38));

// Source hosts
for (const [id, prefix, name] of [
  ['github-pat', 'ghp_', 'GITHUB_TOKEN'],
  ['github-oauth', 'gho_', 'GH_TOKEN'],
  ['github-user', 'ghu_', 'GITHUB_USER_TOKEN'],
  ['github-server', 'ghs_', 'GITHUB_APP_TOKEN'],
  ['github-refresh', 'ghr_', 'GITHUB_REFRESH_TOKEN'],
] as const)
  marked(id, name, prefix, (r) => r.alnum(36));
marked('github-fine-grained', 'GITHUB_PAT', 'github_pat_', (r) => `${r.alnum(22)}_${r.alnum(59)}`);
named('github-legacy', 'GITHUB_LEGACY_TOKEN', (r) => r.hex(40));
for (const [id, prefix, length] of [
  ['gitlab-pat', 'glpat-', 20],
  ['gitlab-deploy', 'gldt-', 20],
  ['gitlab-runner', 'glrt-', 20],
  ['gitlab-trigger', 'glptt-', 40],
  ['gitlab-feed', 'glft-', 20],
  ['gitlab-mail', 'glimt-', 25],
  ['gitlab-agent', 'glagent-', 50],
  ['gitlab-oauth', 'gloas-', 64],
  ['gitlab-scim', 'glsoat-', 20],
  ['gitlab-flag', 'glffct-', 20],
  ['gitlab-registration', 'GR1348941', 20],
] as const)
  marked(id, 'GITLAB_TOKEN', prefix, (r) => r.base64url(length));
marked('gitlab-ci', 'CI_JOB_TOKEN', 'glcbt-', (r) => `64_${r.base64url(20)}`);
marked('bitbucket-app', 'BITBUCKET_APP_PASSWORD', 'ATBB', (r) => `${r.alnum(24)}${r.hexUpper(8)}`);
named('bitbucket-secret', 'BITBUCKET_CLIENT_SECRET', (r) => r.base64url(32));
marked('atlassian', 'JIRA_API_TOKEN', 'ATATT3xFfGF0', (r) => `${r.base64url(170)}=${r.hexUpper(8)}`);
named('gitea', 'GITEA_TOKEN', (r) => r.hex(40));
marked('sourcegraph', 'SRC_ACCESS_TOKEN', 'sgp_', (r) => r.hex(40));
marked('circleci', 'CIRCLE_TOKEN', 'CCIPAT_', (r) => `${r.alnum(22)}_${r.hex(40)}`);
named('circleci-legacy', 'CIRCLECI_API_TOKEN', (r) => r.hex(40));
marked('buildkite', 'BUILDKITE_API_TOKEN', 'bkua_', (r) => r.hex(40));
named('travis', 'TRAVIS_TOKEN', (r) => r.base64url(22));
named('drone', 'DRONE_TOKEN', (r) => r.alnum(32));
named('jenkins', 'JENKINS_API_TOKEN', (r) => `11${r.hex(32)}`);
named('codecov', 'CODECOV_TOKEN', (r) => r.uuid());
named('coveralls', 'COVERALLS_REPO_TOKEN', (r) => r.alnum(32));
marked('harness', 'HARNESS_API_KEY', 'pat.', (r) => `${r.base64url(22)}.${r.hex(24)}.${r.alnum(20)}`);
marked('octopus', 'OCTOPUS_API_KEY', 'API-', (r) => r.upper(30));
marked('npm', 'NPM_TOKEN', 'npm_', (r) => r.alnum(36));
named('npm-legacy', 'NPM_AUTH_TOKEN', (r) => r.uuid());
marked('pypi', 'TWINE_PASSWORD', 'pypi-AgEIcHlwaS5vcmc', (r) => r.base64url(150));
marked('rubygems', 'GEM_HOST_API_KEY', 'rubygems_', (r) => r.hex(48));
marked('crates-io', 'CARGO_REGISTRY_TOKEN', 'cio', (r) => r.alnum(32));
marked('nuget', 'NUGET_API_KEY', 'oy2', (r) => r.base32Lower(43));
marked('clojars', 'CLOJARS_PASSWORD', 'CLOJARS_', (r) => r.lower(60));
marked('docker-pat', 'DOCKER_PASSWORD', 'dckr_pat_', (r) => r.base64url(27));
marked('docker-oat', 'DOCKER_ORG_TOKEN', 'dckr_oat_', (r) => r.base64url(32));
marked('docker-swarm', 'SWARM_JOIN_TOKEN', 'SWMTKN-1-', (r) => `${r.lower(50)}-${r.lower(25)}`);
marked('artifactory', 'ARTIFACTORY_API_KEY', 'AKCp', (r) => r.alnum(69));
marked('artifactory-reference', 'JFROG_ACCESS_TOKEN', 'cmVmdGtu', (r) => r.alnum(56));
named('cloudsmith', 'CLOUDSMITH_API_KEY', (r) => r.hex(40));
marked('sonar', 'SONAR_TOKEN', 'sqp_', (r) => r.hex(40));
marked('sonar-user', 'SONARQUBE_TOKEN', 'squ_', (r) => r.hex(40));
named('snyk', 'SNYK_TOKEN', (r) => r.uuid());
named('codacy', 'CODACY_PROJECT_TOKEN', (r) => r.hex(32));
named('semgrep', 'SEMGREP_APP_TOKEN', (r) => r.hex(64));
marked('infracost', 'INFRACOST_API_KEY', 'ico-', (r) => r.alnum(32));

// AI
marked('anthropic', 'ANTHROPIC_API_KEY', 'sk-ant-api03-', (r) => `${r.base64url(93)}AA`);
marked('anthropic-admin', 'ANTHROPIC_ADMIN_KEY', 'sk-ant-admin01-', (r) => `${r.base64url(93)}AA`);
marked('anthropic-oauth', 'CLAUDE_CODE_OAUTH_TOKEN', 'sk-ant-oat01-', (r) => `${r.base64url(93)}AA`);
marked('openai-project', 'OPENAI_API_KEY', 'sk-proj-', (r) => `${r.base64url(74)}T3BlbkFJ${r.base64url(74)}`);
marked(
  'openai-service',
  'OPENAI_SERVICE_KEY',
  'sk-svcacct-',
  (r) => `${r.base64url(58)}T3BlbkFJ${r.base64url(58)}`,
);
marked('openai-legacy', 'OPENAI_KEY', 'sk-', (r) => `${r.alnum(20)}T3BlbkFJ${r.alnum(20)}`);
marked('deepseek', 'DEEPSEEK_API_KEY', 'sk-', (r) => r.hex(32));
marked('openrouter', 'OPENROUTER_API_KEY', 'sk-or-v1-', (r) => r.hex(64));
marked('huggingface', 'HF_TOKEN', 'hf_', (r) => r.alnum(34));
marked('groq', 'GROQ_API_KEY', 'gsk_', (r) => `${r.alnum(20)}WGdyb3FY${r.alnum(24)}`);
marked('xai', 'XAI_API_KEY', 'xai-', (r) => r.alnum(80));
marked('perplexity', 'PERPLEXITY_API_KEY', 'pplx-', (r) => r.alnum(48));
marked('replicate', 'REPLICATE_API_TOKEN', 'r8_', (r) => r.alnum(37));
marked('cerebras', 'CEREBRAS_API_KEY', 'csk-', (r) => r.lower(48));
marked('nvidia', 'NVIDIA_API_KEY', 'nvapi-', (r) => r.base64url(64));
marked('fireworks', 'FIREWORKS_API_KEY', 'fw_', (r) => r.alnum(24));
named('together', 'TOGETHER_API_KEY', (r) => r.hex(64));
named('mistral', 'MISTRAL_API_KEY', (r) => r.alnum(32));
named('cohere', 'COHERE_API_KEY', (r) => r.alnum(40));
named('elevenlabs', 'ELEVENLABS_API_KEY', (r) => r.hex(32));
named('assemblyai', 'ASSEMBLYAI_API_KEY', (r) => r.hex(32));
named('deepgram', 'DEEPGRAM_API_KEY', (r) => r.hex(40));
marked('voyage', 'VOYAGE_API_KEY', 'pa-', (r) => r.base64url(43));
marked('jina', 'JINA_API_KEY', 'jina_', (r) => `${r.hex(32)}${r.base64url(28).replace(/[-_]/g, 'x')}`);
marked('tavily', 'TAVILY_API_KEY', 'tvly-', (r) => r.alnum(32));
marked('firecrawl', 'FIRECRAWL_API_KEY', 'fc-', (r) => r.hex(32));
named('serpapi', 'SERPAPI_API_KEY', (r) => r.hex(64));
marked('pinecone', 'PINECONE_API_KEY', 'pcsk_', (r) => `${r.alnum(5)}_${r.alnum(63)}`);
marked('langsmith', 'LANGSMITH_API_KEY', 'lsv2_pt_', (r) => `${r.hex(32)}_${r.hex(10)}`);
named('wandb', 'WANDB_API_KEY', (r) => r.hex(40));
marked('e2b', 'E2B_API_KEY', 'e2b_', (r) => r.hex(40));
marked('runpod', 'RUNPOD_API_KEY', 'rpa_', (r) => r.upper(46));
marked('apify', 'APIFY_TOKEN', 'apify_api_', (r) => r.alnum(36));

// Commerce
marked('stripe-live', 'STRIPE_SECRET_KEY', 'sk_live_', (r) => r.alnum(99));
marked('stripe-live-short', 'STRIPE_API_KEY', 'sk_live_', (r) => r.alnum(24));
marked('stripe-test', 'STRIPE_TEST_KEY', 'sk_test_', (r) => r.alnum(24));
marked('stripe-restricted', 'STRIPE_RESTRICTED_KEY', 'rk_live_', (r) => r.alnum(99));
marked('stripe-webhook', 'STRIPE_WEBHOOK_SECRET', 'whsec_', (r) => r.alnum(32));
marked('square', 'SQUARE_ACCESS_TOKEN', 'EAAA', (r) => r.base64url(60));
marked('square-secret', 'SQUARE_SECRET', 'sq0csp-', (r) => r.base64url(43));
named('paypal', 'PAYPAL_CLIENT_SECRET', (r) => `E${r.base64url(79)}`);
marked(
  'braintree',
  'BRAINTREE_ACCESS_TOKEN',
  'access_token$production$',
  (r) => `${r.lower(16)}$${r.hex(32)}`,
);
marked('adyen', 'ADYEN_API_KEY', 'AQE', (r) => `yhmfxK${r.base64(90)}`);
marked('mollie', 'MOLLIE_API_KEY', 'live_', (r) => r.alnum(30));
marked('razorpay', 'RAZORPAY_KEY', 'rzp_live_', (r) => r.alnum(14));
named('razorpay-secret', 'RAZORPAY_KEY_SECRET', (r) => r.alnum(24));
marked('flutterwave', 'FLW_SECRET_KEY', 'FLWSECK_TEST-', (r) => `${r.hex(32)}-X`);
marked('midtrans', 'MIDTRANS_SERVER_KEY', 'Mid-server-', (r) => r.base64url(24));
marked('plaid-access', 'PLAID_ACCESS_TOKEN', 'access-production-', (r) => r.uuid());
named('plaid-secret', 'PLAID_SECRET', (r) => r.hex(30));
marked('gocardless', 'GOCARDLESS_ACCESS_TOKEN', 'live_', (r) => r.base64url(40));
for (const [id, prefix] of [
  ['shopify-access', 'shpat_'],
  ['shopify-custom', 'shpca_'],
  ['shopify-private', 'shppa_'],
  ['shopify-shared', 'shpss_'],
] as const)
  marked(id, 'SHOPIFY_ACCESS_TOKEN', prefix, (r) => r.hex(32));
marked('woocommerce', 'WC_CONSUMER_SECRET', 'cs_', (r) => r.hex(40));
named('etsy', 'ETSY_ACCESS_TOKEN', (r) => r.lower(24));
marked('easypost', 'EASYPOST_API_KEY', 'EZAK', (r) => r.alnum(54));
marked('easypost-test', 'EASYPOST_TEST_API_KEY', 'EZTK', (r) => r.alnum(54));
marked('shippo', 'SHIPPO_TOKEN', 'shippo_live_', (r) => r.hex(40));
marked('duffel', 'DUFFEL_ACCESS_TOKEN', 'duffel_live_', (r) => r.base64url(43));
marked('lob', 'LOB_API_KEY', 'live_', (r) => r.hex(35));
named('coinbase', 'COINBASE_API_SECRET', (r) => r.alnum(64));
named('binance', 'BINANCE_API_SECRET', (r) => r.alnum(64));
named('kraken', 'KRAKEN_PRIVATE_KEY', (r) => r.bytes(64).toString('base64'));
named('kucoin', 'KUCOIN_API_SECRET', (r) => r.uuid());
named('alchemy', 'ALCHEMY_API_KEY', (r) => r.base64url(32));
named('infura', 'INFURA_API_KEY', (r) => r.hex(32));
named('etherscan', 'ETHERSCAN_API_KEY', (r) => r.upper(34));
named('freshbooks', 'FRESHBOOKS_ACCESS_TOKEN', (r) => r.hex(64));
named('squarespace', 'SQUARESPACE_API_KEY', (r) => r.uuid());

// Messages
marked('slack-bot', 'SLACK_BOT_TOKEN', 'xoxb-', (r) => `${r.digits(12)}-${r.digits(13)}-${r.alnum(24)}`);
marked(
  'slack-user',
  'SLACK_USER_TOKEN',
  'xoxp-',
  (r) => `${r.digits(12)}-${r.digits(12)}-${r.digits(13)}-${r.hex(32)}`,
);
marked('slack-app', 'SLACK_APP_TOKEN', 'xapp-', (r) => `1-A${r.upper(10)}-${r.digits(13)}-${r.hex(64)}`);
marked('slack-config', 'SLACK_CONFIG_TOKEN', 'xoxe-', (r) => `1-${r.alnum(146)}`);
marked(
  'slack-webhook',
  'SLACK_WEBHOOK_URL',
  'https://hooks.slack.com/services/',
  (r) => `T${r.upper(8)}/B${r.upper(10)}/${r.alnum(24)}`,
);
marked(
  'discord-webhook',
  'DISCORD_WEBHOOK_URL',
  'https://discord.com/api/webhooks/1098765432109876543/',
  (r) => r.base64url(68),
);
marked(
  'discord-bot',
  'DISCORD_TOKEN',
  '',
  (r) => `M${r.pick(['T', 'z', 'j'])}${r.alnum(24)}.G${r.base64url(5)}.${r.base64url(38)}`,
);
named('discord-secret', 'DISCORD_CLIENT_SECRET', (r) => r.base64url(32));
marked('telegram', 'TELEGRAM_BOT_TOKEN', '', (r) => `${r.int(1, 9)}${r.digits(9)}:AA${r.base64url(33)}`);
marked(
  'teams-webhook',
  'TEAMS_WEBHOOK_URL',
  'https://contoso.webhook.office.com/webhookb2/',
  (r) => `${r.uuid()}@${r.uuid()}/IncomingWebhook/${r.hex(32)}/${r.uuid()}`,
);
named('mattermost', 'MATTERMOST_TOKEN', (r) => r.lower(26));
marked('twilio-key', 'TWILIO_API_KEY', 'SK', (r) => r.hex(32));
named('twilio-token', 'TWILIO_AUTH_TOKEN', (r) => r.hex(32));
named('vonage', 'VONAGE_API_SECRET', (r) => r.alnum(16));
named('plivo', 'PLIVO_AUTH_TOKEN', (r) => r.alnum(40));
named('messagebird', 'MESSAGEBIRD_ACCESS_KEY', (r) => r.alnum(25));
marked('telnyx', 'TELNYX_API_KEY', 'KEY0', (r) => `${r.hexUpper(31)}_${r.alnum(22)}`);
marked('sendgrid', 'SENDGRID_API_KEY', 'SG.', (r) => `${r.base64url(22)}.${r.base64url(43)}`);
marked('mailgun', 'MAILGUN_API_KEY', 'key-', (r) => r.hex(32));
named('mailgun-new', 'MAILGUN_SENDING_KEY', (r) => `${r.hex(32)}-${r.hex(8)}-${r.hex(8)}`);
marked('mailchimp', 'MAILCHIMP_API_KEY', '', (r) => `${r.hex(32)}-us${r.int(1, 21)}`);
marked('mandrill', 'MANDRILL_API_KEY', 'md-', (r) => r.base64url(22));
marked('brevo', 'BREVO_API_KEY', 'xkeysib-', (r) => `${r.hex(64)}-${r.alnum(16)}`);
named('mailjet', 'MAILJET_API_SECRET', (r) => r.hex(32));
marked('mailersend', 'MAILERSEND_API_TOKEN', 'mlsn.', (r) => r.hex(64));
named('sparkpost', 'SPARKPOST_API_KEY', (r) => r.hex(40));
named('postmark', 'POSTMARK_SERVER_TOKEN', (r) => r.uuid());
marked('resend', 'RESEND_API_KEY', 're_', (r) => `${r.alnum(8)}_${r.alnum(24)}`);
named('sendbird', 'SENDBIRD_ACCESS_TOKEN', (r) => r.hex(40));
named('pusher', 'PUSHER_APP_SECRET', (r) => r.hex(20));
marked('pubnub', 'PUBNUB_SECRET_KEY', 'sec-c-', (r) => r.base64(48));
marked('facebook', 'FACEBOOK_ACCESS_TOKEN', 'EAA', (r) => r.alnum(180));
named('facebook-secret', 'FACEBOOK_APP_SECRET', (r) => r.hex(32));
marked('twitter-bearer', 'TWITTER_BEARER_TOKEN', 'AAAAAAAAAAAAAAAAAAAAA', (r) => `${r.alnum(90)}`);
named('twitter-secret', 'TWITTER_API_SECRET', (r) => r.alnum(50));
named('linkedin', 'LINKEDIN_CLIENT_SECRET', (r) => r.alnum(16));
named('twitch', 'TWITCH_CLIENT_SECRET', (r) => r.lower(30));
named('spotify', 'SPOTIFY_CLIENT_SECRET', (r) => r.hex(32));
named('flickr', 'FLICKR_API_SECRET', (r) => r.hex(16));

// Operations
named('datadog', 'DATADOG_API_KEY', (r) => r.hex(32));
named('datadog-app', 'DD_APP_KEY', (r) => r.hex(40));
marked('newrelic-user', 'NEW_RELIC_API_KEY', 'NRAK-', (r) => r.upper(27));
marked('newrelic-license', 'NEW_RELIC_LICENSE_KEY', '', (r) => r.hex(32), 'FFFFNRAL');
marked('cloudflare-tunnel', 'TUNNEL_TOKEN', 'eyJhIjoi', (r) => r.alnum(160));
marked(
  'matrix',
  'MATRIX_ACCESS_TOKEN',
  'syt_',
  (r) => `${r.alnum(8)}_${r.of('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', 20)}_${r.alnum(6)}`,
);
marked('convex-deploy-key', 'CONVEX_DEPLOY_KEY', 'prod:happy-otter-123|', (r) => r.base64(92));
marked('liveblocks', 'LIVEBLOCKS_SECRET_KEY', 'sk_prod_', (r) => r.base64url(60));
marked('dropbox-short-lived', 'DROPBOX_ACCESS_TOKEN', 'sl.u.', (r) => `A${r.base64url(140)}`);
marked('newrelic-insert', 'NEW_RELIC_INSERT_KEY', 'NRII-', (r) => r.base64url(32));
marked('grafana-sa', 'GRAFANA_TOKEN', 'glsa_', (r) => `${r.alnum(32)}_${r.hex(8)}`);
marked('grafana-cloud', 'GRAFANA_CLOUD_TOKEN', 'glc_', (r) => `eyJvIjoi${r.base64(120)}`);
marked('sentry-org', 'SENTRY_AUTH_TOKEN', 'sntrys_', (r) => `eyJpYXQiO${r.base64(120)}_${r.base64(43)}`);
marked('sentry-user', 'SENTRY_USER_TOKEN', 'sntryu_', (r) => r.hex(64));
named('sentry-legacy', 'SENTRY_TOKEN', (r) => r.hex(64));
marked('dynatrace', 'DT_API_TOKEN', 'dt0c01.', (r) => `${r.upper(24)}.${r.upper(64)}`);
named('honeycomb', 'HONEYCOMB_API_KEY', (r) => r.alnum(22));
named('splunk-hec', 'SPLUNK_HEC_TOKEN', (r) => r.uuid());
named('sumologic', 'SUMOLOGIC_ACCESS_KEY', (r) => r.alnum(64));
named('loggly', 'LOGGLY_TOKEN', (r) => r.uuid());
named('rollbar', 'ROLLBAR_ACCESS_TOKEN', (r) => r.hex(32));
named('bugsnag', 'BUGSNAG_API_KEY', (r) => r.hex(32));
marked('axiom', 'AXIOM_TOKEN', 'xaat-', (r) => r.uuid());
named('pagerduty', 'PAGERDUTY_API_KEY', (r) => r.base64url(20));
named('opsgenie', 'OPSGENIE_API_KEY', (r) => r.uuid());
marked('launchdarkly', 'LAUNCHDARKLY_SDK_KEY', 'sdk-', (r) => r.uuid());
marked('posthog', 'POSTHOG_API_KEY', 'phx_', (r) => r.alnum(43));
named('mixpanel', 'MIXPANEL_API_SECRET', (r) => r.hex(32));
named('amplitude', 'AMPLITUDE_SECRET_KEY', (r) => r.hex(32));
named('algolia', 'ALGOLIA_ADMIN_KEY', (r) => r.hex(32));
marked('mapbox', 'MAPBOX_ACCESS_TOKEN', 'sk.eyJ', (r) => `1Ijoi${r.base64url(60)}.${r.base64url(22)}`);
marked('maxmind', 'MAXMIND_LICENSE_KEY', '', (r) => `${r.alnum(6)}_${r.alnum(29)}_mmk`);
marked('vault', 'VAULT_TOKEN', 'hvs.', (r) => `CAES${r.base64url(90)}`);
marked('vault-batch', 'VAULT_BATCH_TOKEN', 'hvb.', (r) => `AAAA${r.base64url(140)}`);
named('vault-legacy', 'VAULT_ROOT_TOKEN', (r) => `s.${r.alnum(24)}`);
marked('terraform', 'TFE_TOKEN', '', (r) => `${r.alnum(14)}.atlasv1.${r.base64url(67)}`);
named('consul', 'CONSUL_HTTP_TOKEN', (r) => r.uuid());
named('nomad', 'NOMAD_TOKEN', (r) => r.uuid());
marked('pulumi', 'PULUMI_ACCESS_TOKEN', 'pul-', (r) => r.hex(40));
marked('doppler', 'DOPPLER_TOKEN', 'dp.pt.', (r) => r.alnum(43));
marked('doppler-service', 'DOPPLER_SERVICE_TOKEN', 'dp.st.', (r) => `prd.${r.alnum(43)}`);
marked('onepassword', 'OP_SERVICE_ACCOUNT_TOKEN', 'ops_eyJ', (r) => r.base64(400));
marked('tailscale', 'TS_AUTHKEY', 'tskey-auth-', (r) => `${r.alnum(11)}CNTRL-${r.alnum(32)}`);
named('ngrok', 'NGROK_AUTHTOKEN', (r) => `2${r.alnum(26)}_${r.alnum(21)}`);
named('wireguard', 'WG_PRIVATE_KEY', (r) => r.bytes(32).toString('base64'));
named('meraki', 'MERAKI_DASHBOARD_API_KEY', (r) => r.hex(40));
named('shodan', 'SHODAN_API_KEY', (r) => r.alnum(32));
named('virustotal', 'VIRUSTOTAL_API_KEY', (r) => r.hex(64));
marked('openshift', 'OPENSHIFT_TOKEN', 'sha256~', (r) => r.base64url(43));
named('kube-bootstrap', 'KUBEADM_BOOTSTRAP_TOKEN', (r) => `${r.lower(6)}.${r.lower(16)}`);
marked('rancher', 'RANCHER_TOKEN', 'token-', (r) => `${r.lower(5)}:${r.lower(54)}`);
marked('age', 'SOPS_AGE_KEY', 'AGE-SECRET-KEY-1', (r) => r.of('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58));

// Data and the workplace
marked('databricks', 'DATABRICKS_TOKEN', 'dapi', (r) => r.hex(32));
marked('planetscale', 'PLANETSCALE_SERVICE_TOKEN', 'pscale_tkn_', (r) => r.base64url(43));
marked('planetscale-password', 'PLANETSCALE_PASSWORD', 'pscale_pw_', (r) => r.base64url(43));
marked('supabase', 'SUPABASE_ACCESS_TOKEN', 'sbp_', (r) => r.hex(40));
marked('aiven', 'AIVEN_PASSWORD', 'AVNS_', (r) => r.base64url(19));
named('mongodb-atlas', 'MONGODB_ATLAS_PRIVATE_KEY', (r) => r.uuid());
named('confluent', 'CONFLUENT_CLOUD_API_SECRET', (r) => r.base64(64));
marked('clickhouse', 'CLICKHOUSE_CLOUD_SECRET', '4b1d', (r) => r.alnum(38));
named('elastic', 'ELASTIC_API_KEY', (r) => r.bytes(45).toString('base64'));
marked(
  'datastax',
  'ASTRA_DB_TOKEN',
  'AstraCS:',
  (r) => `${r.of('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', 24)}:${r.hex(64)}`,
);
named('influxdb', 'INFLUX_TOKEN', (r) => `${r.base64url(86)}==`);
marked('dbt', 'DBT_CLOUD_TOKEN', 'dbtc_', (r) => r.base64url(40));
marked('prefect', 'PREFECT_API_KEY', 'pnu_', (r) => r.lower(36));
named('airbyte', 'AIRBYTE_CLIENT_SECRET', (r) => r.alnum(32));
named('looker', 'LOOKERSDK_CLIENT_SECRET', (r) => r.alnum(24));
marked('airtable', 'AIRTABLE_TOKEN', 'pat', (r) => `${r.alnum(14)}.${r.hex(64)}`);
marked('dropbox', 'DROPBOX_ACCESS_TOKEN', 'sl.', (r) => r.base64url(140));
marked('contentful', 'CONTENTFUL_MANAGEMENT_TOKEN', 'CFPAT-', (r) => r.base64url(43));
marked('cloudinary', 'CLOUDINARY_URL', 'cloudinary://123456789012345:', (r) => r.base64url(27), '@demo');
marked('frameio', 'FRAMEIO_TOKEN', 'fio-u-', (r) => r.base64url(64));
named('openweather', 'OPENWEATHER_API_KEY', (r) => r.hex(32));
named('openweather-appid', 'APPID', (r) => r.hex(32));
named('rapidapi', 'RAPIDAPI_KEY', (r) => r.alnum(50));
named('okta', 'OKTA_API_TOKEN', (r) => `00${r.base64url(40)}`);
named('auth0', 'AUTH0_CLIENT_SECRET', (r) => r.base64url(64));
marked('hubspot', 'HUBSPOT_ACCESS_TOKEN', 'pat-na1-', (r) => r.uuid());
marked(
  'salesforce',
  'SF_ACCESS_TOKEN',
  '00D5g00000ABCDE!AQ',
  (r) => `${r.of('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._', 94)}`,
);
marked('zoho', 'ZOHO_REFRESH_TOKEN', '1000.', (r) => `${r.hex(32)}.${r.hex(32)}`);
named('zendesk', 'ZENDESK_API_TOKEN', (r) => r.alnum(40));
named('freshdesk', 'FRESHDESK_API_KEY', (r) => r.alnum(20));
marked('intercom', 'INTERCOM_ACCESS_TOKEN', 'dG9rO', (r) => `${r.base64(55)}=`);
marked('typeform', 'TYPEFORM_TOKEN', 'tfp_', (r) => `${r.alnum(44)}_${r.alnum(14)}`);
marked('notion', 'NOTION_TOKEN', 'ntn_', (r) => r.alnum(46));
marked('notion-old', 'NOTION_API_KEY', 'secret_', (r) => r.alnum(43));
marked('asana', 'ASANA_ACCESS_TOKEN', '1/1201234567890123:', (r) => r.hex(32));
marked('linear', 'LINEAR_API_KEY', 'lin_api_', (r) => r.alnum(40));
marked('clickup', 'CLICKUP_API_TOKEN', 'pk_', (r) => `${r.digits(7)}_${r.upper(32)}`);
marked('trello', 'TRELLO_TOKEN', 'ATTA', (r) => r.hex(72));
marked('figma', 'FIGMA_TOKEN', 'figd_', (r) => r.base64url(40));
marked('adobe', 'ADOBE_CLIENT_SECRET', 'p8e-', (r) => r.base64url(32));
marked('postman', 'POSTMAN_API_KEY', 'PMAK-', (r) => `${r.hex(24)}-${r.hex(34)}`);
marked('readme', 'README_API_KEY', 'rdme_', (r) => r.lower(70));
named('browserstack', 'BROWSERSTACK_ACCESS_KEY', (r) => r.alnum(20));
named('saucelabs', 'SAUCE_ACCESS_KEY', (r) => r.uuid());
marked('adafruit', 'ADAFRUIT_IO_KEY', 'aio_', (r) => r.alnum(28));
named('steam', 'STEAM_API_KEY', (r) => r.hexUpper(32));
marked('riot', 'RIOT_API_KEY', 'RGAPI-', (r) => r.uuid());

// What no one issues: passwords, keys, tokens of one's own
const WORDS =
  'copper lantern orbit velvet thunder maple anchor pixel saddle breeze cactus ember glacier harbor indigo jungle kettle meadow nectar onyx'.split(
    ' ',
  );
named('password', 'DB_PASSWORD', (r) => `${r.alnum(4)}${r.of('!#%^*-_+', 1)}${r.alnum(6)}${r.digits(1)}`);
named(
  'password-signs',
  'ADMIN_PASSWORD',
  (r) => `${r.alnum(5)}${r.of('!@#%^*', 2)}${r.alnum(4)}${r.of('-_+.~', 1)}${r.digits(2)}`,
);
named('password-long', 'POSTGRES_PASSWORD', (r) => r.alnum(32));
named('password-short', 'REDIS_PASSWORD', (r) => `${r.of('bcdfghjklmnpqrstvwxz', 5)}${r.digits(3)}`);
named(
  'password-words',
  'SMTP_PASSWORD',
  (r) => `${r.pick(WORDS)}${r.of('-_.', 1)}${r.pick(WORDS)}${r.digits(2)}`,
);
named(
  'password-capital',
  'MYSQL_PASSWORD',
  (r) => `${r.pick(WORDS).replace(/^./, (c) => c.toUpperCase())}${r.digits(4)}!`,
);
named('client-secret', 'OAUTH_CLIENT_SECRET', (r) => r.base64url(43));
named('api-key-hex', 'SERVICE_API_KEY', (r) => r.hex(32));
named('api-key-mixed', 'INTERNAL_API_KEY', (r) => r.alnum(40));
named('api-key-uuid', 'PARTNER_API_KEY', (r) => r.uuid());
named('secret-key-base', 'SECRET_KEY_BASE', (r) => r.hex(128));
named('django-secret', 'DJANGO_SECRET_KEY', (r) =>
  r.of('abcdefghijklmnopqrstuvwxyz0123456789!@#^*(-_=+)', 50),
);
named('encryption-key', 'ENCRYPTION_KEY', (r) => r.bytes(32).toString('base64'));
named('auth-token', 'AUTH_TOKEN', (r) => r.hex(40));
named('session-secret', 'SESSION_SECRET', (r) => r.alnum(48));
named('webhook-secret', 'WEBHOOK_SECRET', (r) => r.hex(40));
named('ethereum-key', 'ETH_PRIVATE_KEY', (r) => `0x${r.hex(64)}`);
marked('jwt', 'ID_TOKEN', 'eyJ', (r) => {
  const head = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
  const body = Buffer.from(
    JSON.stringify({ sub: r.digits(10), iss: 'issuer', iat: r.int(1_600_000_000, 1_900_000_000) }),
  ).toString('base64url');
  return `${head}.${body}.${createHmac('sha256', r.bytes(32)).update(`${head}.${body}`).digest('base64url')}`.slice(
    3,
  );
});
marked('jwe', 'ACCESS_TOKEN', 'eyJ', (r) =>
  `${Buffer.from('{"alg":"RSA-OAEP","enc":"A256GCM"}').toString('base64url')}.${r.base64url(120)}.${r.base64url(16)}.${r.base64url(80)}.${r.base64url(22)}`.slice(
    3,
  ),
);
marked('k8s-token', 'KUBE_TOKEN', 'eyJ', (r) =>
  `${Buffer.from(`{"alg":"RS256","kid":"${r.base64url(43)}"}`).toString('base64url')}.${Buffer.from(`{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"default","sub":"${r.lower(12)}"}`).toString('base64url')}.${r.base64url(342)}`.slice(
    3,
  ),
);
marked('bitcoin-wif', 'BTC_PRIVATE_KEY', '', (r) => `${r.pick(['K', 'L'])}${r.base58(51)}`);
marked('bip32', 'WALLET_XPRV', 'xprv9', (r) => r.base58(106));
marked('bcrypt', 'ADMIN_PASSWORD_BCRYPT', '$2b$12$', (r) =>
  r.of('./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 53),
);
marked(
  'sha512-crypt',
  'ROOT_PASSWORD_CRYPT',
  '$6$',
  (r) => `${r.alnum(16)}$${r.of('./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 86)}`,
);
marked('netrc-url', 'REPOSITORY_URL', 'https://deploy:', (r) => r.alnum(20), '@git.example.com/x.git');
marked('pg-url', 'DATABASE_URL', 'postgres://app:', (r) => r.alnum(18), '@db.internal:5432/app');
marked('mongo-url', 'MONGO_URL', 'mongodb+srv://app:', (r) => r.alnum(18), '@cluster0.mongodb.net/app');
marked('redis-url', 'REDIS_URL', 'redis://:', (r) => r.alnum(18), '@cache:6379/0');
marked('amqp-url', 'AMQP_URL', 'amqp://app:', (r) => r.alnum(18), '@mq:5672/%2f');
marked(
  'storage-connection',
  'AZURE_STORAGE_CONNECTION_STRING',
  'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=',
  (r) => r.bytes(64).toString('base64'),
  ';EndpointSuffix=core.windows.net',
);
marked(
  'sql-connection',
  'SQL_CONNECTION',
  'Server=tcp:db.example.com,1433;User ID=app;Password=',
  (r) => r.alnum(16),
  ';Encrypt=True',
);
marked('otpauth', 'OTP_URL', 'otpauth://totp/Acme:alice?secret=', (r) => r.base32(32), '&issuer=Acme');
marked(
  'sas-token',
  'SAS_TOKEN',
  'sv=2022-11-02&ss=b&srt=co&sp=rl&se=2030-01-01T00:00:00Z&spr=https&sig=',
  (r) => encodeURIComponent(r.bytes(32).toString('base64')),
);
const MNEMONIC =
  'abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual zebra zero zone zoo wrist wrong yard year yellow young youth umbrella unable unaware uncle uncover under undo unfair unfold'.split(
    ' ',
  );
marked('mnemonic-12', 'WALLET_MNEMONIC', '', (r) =>
  Array.from({ length: 12 }, () => r.pick(MNEMONIC)).join(' '),
);
marked('mnemonic-24', 'SEED_PHRASE', '', (r) => Array.from({ length: 24 }, () => r.pick(MNEMONIC)).join(' '));
const B64 = (r: Random, bytes: number): string =>
  r
    .bytes(bytes)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n');
for (const [id, label] of [
  ['pem-rsa', 'RSA PRIVATE KEY'],
  ['pem-pkcs8', 'PRIVATE KEY'],
  ['pem-ec', 'EC PRIVATE KEY'],
  ['pem-openssh', 'OPENSSH PRIVATE KEY'],
  ['pem-encrypted', 'ENCRYPTED PRIVATE KEY'],
  ['pem-dsa', 'DSA PRIVATE KEY'],
] as const)
  marked(id, 'PRIVATE_KEY', `-----BEGIN ${label}-----\n`, (r) => `${B64(r, 300)}\n-----END ${label}-----`);
marked(
  'pgp',
  'GPG_PRIVATE_KEY',
  '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n',
  (r) => `${B64(r, 260)}\n=${r.base64(4)}\n-----END PGP PRIVATE KEY BLOCK-----`,
);

/** All kinds, ids unique. */
export const KINDS: readonly Kind[] = kinds;
