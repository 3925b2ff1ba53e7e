/** Providers of models, of inference, of tools for both. */
import { table } from './table.ts';

export const AI = table(
  'ai',
  String.raw`
  anthropic-api-key            sk-ant-api03-        @#                   base64url       80..120   open           docs.anthropic.com/en/api/getting-started
  anthropic-admin-key          sk-ant-admin01-      @#                   base64url       80..120   open           docs.anthropic.com/en/api/administration-api
  anthropic-oauth-token        sk-ant-oat01-,sk-ant-ort01-,sk-ant-sid01-  @#  base64url  60..140   open           docs.anthropic.com/en/api/getting-started
  anthropic-key                sk-ant-              @#                   base64url       20..140   open           docs.anthropic.com/en/api/getting-started
  openai-project-key           sk-proj-             @#                   base64url       40..200   open           platform.openai.com/docs/api-reference/authentication
  openai-service-key           sk-svcacct-          @#                   base64url       40..200   open           platform.openai.com/docs/api-reference/authentication
  openai-admin-key             sk-admin-            @#                   base64url       40..200   open           platform.openai.com/docs/api-reference/admin-api-keys
  openai-none-key              sk-None-             @#                   base64url       40..200   open           platform.openai.com/docs/api-reference/authentication
  openai-api-key               T3BlbkFJ             sk-[A-Za-z0-9_-]{20}@#  base64url    20        open,lead=23   platform.openai.com/docs/api-reference/authentication
  openai-session-key           sess-                @#                   alnum           40        word           platform.openai.com/docs/api-reference/authentication
  sk-api-key                   sk-                  @#                   alnum           20..200   open           api-docs.deepseek.com
  openrouter-key               sk-or-v1-            @#                   hex             64        open           openrouter.ai/docs/api-reference/authentication
  litellm-key                  sk-litellm-          @#                   base64url       16..64    open           docs.litellm.ai/docs/proxy/virtual_keys
  langfuse-secret-key          sk-lf-               @#                   uuid            36        open           langfuse.com/docs/api
  huggingface-token            hf_                  @#                   alnum           30..40    open           huggingface.co/docs/hub/security-tokens
  huggingface-org-token        api_org_             @#                   alnum           30..40    open           huggingface.co/docs/hub/security-tokens
  groq-key                     gsk_                 @#                   alnum           48..60    open           console.groq.com/docs/quickstart
  xai-key                      xai-                 @#                   alnum           70..90    open           docs.x.ai/docs/overview
  perplexity-key               pplx-                @#                   alnum           40..64    open           docs.perplexity.ai/getting-started/quickstart
  replicate-token              r8_                  @#                   alnum           37..40    open           replicate.com/docs/reference/http
  cerebras-key                 csk-                 @#                   lower           40..64    open           inference-docs.cerebras.ai/quickstart
  nvidia-api-key               nvapi-               @#                   base64url       60..80    open           docs.api.nvidia.com
  fireworks-key                fw_                  @#                   alnum           22..40    open           docs.fireworks.ai/api-reference/introduction
  friendli-token               flp_                 @#                   alnum           40..64    open           friendli.ai/docs/openapi/introduction
  together-key                 together             #                    hex             64        name           docs.together.ai/reference/authentication-1
  together-v1-key              tgp_v1_              @#                   base64url       40..50    open           docs.together.ai/reference/authentication-1
  mistral-key                  mistral              #                    alnum           32        name           docs.mistral.ai/getting-started/quickstart
  cohere-key                   cohere,co_api        #                    alnum           40        name           docs.cohere.com/reference/about
  ai21-key                     ai21                 #                    alnum           32        name           docs.ai21.com/reference
  stability-key                stability            #                    base64url       40..64    name           platform.stability.ai/docs/getting-started/authentication
  elevenlabs-key               elevenlabs,xi-api,xi_api,eleven  #        hex             32        name           elevenlabs.io/docs/api-reference/authentication
  assemblyai-key               assemblyai,aai_api   #                    hex             32        name           www.assemblyai.com/docs/getting-started
  deepgram-key                 deepgram             #                    hex             40        name           developers.deepgram.com/docs/create-additional-api-keys
  gladia-key                   gladia               #                    uuid            36        name           docs.gladia.io/chapters/introduction
  voyage-key                   pa-                  @#                   base64url       43        word           docs.voyageai.com/docs/api-key-and-installation
  jina-key                     jina_                @#                   base64url       60..70    open           jina.ai/embeddings
  tavily-key                   tvly-                @#                   base64url       30..64    open           docs.tavily.com/documentation/quickstart
  exa-key                      exa_api,exa-api      #                    uuid            36        name           docs.exa.ai/reference/getting-started
  firecrawl-key                fc-                  @#                   hex             32        word           docs.firecrawl.dev/introduction
  brave-search-key             BSA                  @#                   base64url       27..28    word           api-dashboard.search.brave.com/app/documentation
  serpapi-key                  serpapi,serp_api     #                    hex             64        name           serpapi.com/search-api
  serper-key                   serper               #                    hex             40        name           serper.dev/api-key
  pinecone-key                 pcsk_                @#                   word            50..80    open           docs.pinecone.io/guides/projects/manage-api-keys
  pinecone-legacy-key          pinecone             #                    uuid            36        name           docs.pinecone.io/guides/projects/manage-api-keys
  qdrant-key                   qdrant               #                    base64url-dots  40..200   name           qdrant.tech/documentation/cloud/authentication
  weaviate-key                 weaviate,wcd_api     #                    base64url       36..64    name           docs.weaviate.io/cloud/manage-clusters/authentication
  zilliz-key                   zilliz,milvus        #                    hex             64..100   name           docs.zilliz.com/docs/manage-api-keys
  langsmith-key                lsv2_pt_,lsv2_sk_    @#                   word            40..50    open           docs.smith.langchain.com/administration/how_to_guides/organization_management/create_account_api_key
  langsmith-legacy-key         ls__                 @#                   hex             32        open           docs.smith.langchain.com
  wandb-key                    wandb_v1_            @#                   base64url            40..100   open           docs.wandb.ai/support/find_api_key
  wandb-legacy-key             wandb,weights        #                    hex             40        name           docs.wandb.ai/support/find_api_key
  comet-key                    comet                #                    alnum           25        name           www.comet.com/docs/v2/guides/getting-started
  clearml-key                  clearml              #                    alnum           30..64    name           clear.ml/docs/latest/docs/webapp/settings/webapp_settings_profile
  e2b-key                      e2b_                 @#                   hex             40        open           e2b.dev/docs/api-key
  modal-token                  ak-,as-              @#                   alnum           22        word           modal.com/docs/reference/modal.config
  runpod-key                   rpa_                 @#                   alnum           40..60    open           docs.runpod.io/get-started/api-keys
  replit-token                 replit               #                    base64url-dots  40..200   name           docs.replit.com
  helicone-key                 sk-helicone-         @#                   a-z0-9-         24..48    open           docs.helicone.ai
  portkey-key                  portkey              #                    base64-any      24..40    name           portkey.ai/docs
  braintrust-key               sk-bt-               @#                   alnum           40..60    open           www.braintrust.dev/docs
  novita-key                   sk_novita_           @#                   base64url       30..50    open           novita.ai/docs
  cursor-key                   key_                 @#                   hex             64        open           docs.cursor.com
  context7-key                 ctx7sk-              @#                   uuid            36        open           context7.com/docs
  composio-key                 composio             #                    lower           22..40    name           docs.composio.dev
  apify-token                  apify_api_           @#                   alnum           30..40    open           docs.apify.com/platform/integrations/api
  browserbase-key              bb_live_             @#                   base64url       24..40    open           docs.browserbase.com
  openpipe-key                 opk_                 @#                   hex             32..64    open           docs.openpipe.ai
  pydantic-logfire-token       pylf_v1_             @[a-z]{2}_#          alnum           40..60    open           logfire.pydantic.dev/docs/how-to-guides/create-write-tokens
  private-ai-key               private_ai,privateai  #                   hex             32        name           docs.private-ai.com
  lambda-cloud-key             secret_              @[A-Za-z0-9-]{2,60}_[0-9a-f]{32}\.#  alnum  32  open          docs.lambda.ai
  llamacloud-key               llx-                 @#                   alnum           40..64    open           docs.cloud.llamaindex.ai
  elevenlabs-secret            sk_                  @#                   hex             48        word           elevenlabs.io/docs/api-reference/authentication
  daytona-key                  dtn_                 @#                   hex             64        open           www.daytona.io/docs/api-keys
  mem0-key                     m0-                  @#                   alnum           40        word,apart     docs.mem0.ai/platform/quickstart
  composio-project-key         ak_                  @#                   base64url       20        word,apart     docs.composio.dev
  zep-key                      z_1d                 @#                   base64url       60..200   word,apart     help.getzep.com
  anyscale-secret              esecret_,aph0_       @#                   alnum           20..60    open           docs.anyscale.com
  salad-cloud-key              salad_cloud_         @[A-Za-z0-9]{1,20}_#  alnum           7..235    open           docs.salad.com
  bannerbear-key               bb_pr_,bb_ma_        @#                   hex             30        open           developers.bannerbear.com
  convertapi-secret            secret_              @#                   alnum           16        word           www.convertapi.com/doc/auth
  `,
);
