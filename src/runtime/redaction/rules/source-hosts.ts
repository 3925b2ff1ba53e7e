/** Git hosts, continuous integration, package registries, code quality. */
import { table } from './table.ts';

export const SOURCE_HOSTS = table(
  'source-hosts',
  String.raw`
  # GitHub and GitLab
  github-token                 ghp_                 @#                   alnum           36..255   open           docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  github-oauth-token           gho_                 @#                   alnum           36..255   open           docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  github-app-user-token        ghu_                 @#                   alnum           36..255   open           docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  github-app-token             ghs_                 @#                   base64url-dots  36..512   open           docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  github-refresh-token         ghr_                 @#                   alnum           36..255   open           docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  github-fine-grained-token    github_pat_          @#                   word            22..255   open           docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  github-legacy-token          github,gh_token      #                    hex             40        name           github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats
  gitlab-token                 glpat-               @#                   base64url-dots  20..320   open           docs.gitlab.com/security/tokens
  gitlab-deploy-token          gldt-                @#                   base64url       20..64    open           docs.gitlab.com/security/tokens
  gitlab-runner-token          glrt-,glrtr-         @#                   base64url-dots  20..128   open           docs.gitlab.com/security/tokens
  gitlab-ci-job-token          glcbt-               @#                   base64url-dots  16..128   open           docs.gitlab.com/security/tokens
  gitlab-trigger-token         glptt-               @#                   base64url-dots  20..128   open           docs.gitlab.com/security/tokens
  gitlab-feed-token            glft-                @#                   base64url       20..64    open           docs.gitlab.com/security/tokens
  gitlab-incoming-mail-token   glimt-               @#                   base64url       20..64    open           docs.gitlab.com/security/tokens
  gitlab-agent-token           glagent-             @#                   base64url-dots  40..128   open           docs.gitlab.com/security/tokens
  gitlab-oauth-secret          gloas-               @#                   base64url       40..80    open           docs.gitlab.com/security/tokens
  gitlab-scim-token            glsoat-              @#                   base64url       20..64    open           docs.gitlab.com/security/tokens
  gitlab-feature-flag-token    glffct-              @#                   base64url       20..64    open           docs.gitlab.com/security/tokens
  gitlab-workspace-token       glwt-                @#                   base64url       20..64    open           docs.gitlab.com/security/tokens
  gitlab-registration-token    GR1348941            @#                   base64url       20..64    open           docs.gitlab.com/security/tokens
  gitlab-session-cookie        _gitlab_session=     @!#                  base64-any      32..400   free           docs.gitlab.com/security/tokens
  gitlab-legacy-token          gitlab               #                    base64url       20        name           docs.gitlab.com/security/tokens
  # Other hosts
  bitbucket-app-password       ATBB                 @#                   base64url       24..64    open           support.atlassian.com/bitbucket-cloud/docs/app-passwords
  bitbucket-access-token       ATCTT3               @#                   base64-any      60..300   open           support.atlassian.com/bitbucket-cloud/docs/access-tokens
  bitbucket-client-secret      bitbucket            #                    base64url       32..64    name           support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud
  atlassian-api-token          ATATT3               @#                   base64-any      80..300   open           support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account
  atlassian-legacy-token       atlassian,jira,confluence  #              alnum           24        name           support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account
  gitea-token                  gitea,forgejo,codeberg  #                 hex             40        name           docs.gitea.com/development/api-usage
  sourcegraph-token            sgp_                 @#                   word            40..64    open           sourcegraph.com/docs/cli/how-tos/creating_an_access_token
  sourcegraph-license-token    slk_                 @#                   hex             64        open           sourcegraph.com/docs/cli/how-tos/creating_an_access_token
  amp-token                    sgamp_user_          @[A-Za-z0-9]{20,32}_#  hex           64        open           ampcode.com/manual
  sourcehut-token              sourcehut,srht       #                    base64-any      40..140   name           man.sr.ht/meta.sr.ht/oauth.md
  graphite-token               graphite             #                    base64url       32..64    name           graphite.dev/docs/authenticate-the-cli
  # Continuous integration
  circleci-token               CCIPAT_,CCIPRJ_      @#                   word            40..80    open           circleci.com/docs/managing-api-tokens
  circleci-legacy-token        circle               #                    hex             40        name           circleci.com/docs/managing-api-tokens
  buildkite-token              bkua_                @#                   hex             40        open           buildkite.com/docs/apis/managing-api-tokens
  buildkite-agent-token        bkat_,bkct_,bkaj_    @#                   word            20..64    open           buildkite.com/docs/agent/v3/tokens
  travis-token                 travis               #                    base64url       20..24    name           docs.travis-ci.com/user/triggering-builds
  drone-token                  drone                #                    alnum           32        name           docs.drone.io/api/overview
  jenkins-token                jenkins              #                    hex             32..34    name           www.jenkins.io/doc/book/using/remote-access-api
  semaphore-token              semaphore            #                    base64url       20..40    name           docs.semaphoreci.com/reference/api-v1alpha
  codecov-token                codecov              #                    uuid            32..36    name           docs.codecov.com/docs/codecov-tokens
  coveralls-token              coveralls            #                    alnum           32..37    name           docs.coveralls.io/api-reposyncs-endpoint
  harness-token                pat.,sat.            @[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.#  alnum  20  open          developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys
  octopus-deploy-key           API-                 @#                   upper           25..32    word           octopus.com/docs/octopus-rest-api/how-to-create-an-api-key
  argocd-token                 argocd               #                    base64url-dots  40..600   name           argo-cd.readthedocs.io/en/stable/user-guide/commands/argocd_account_generate-token
  spacelift-key                spacelift            #                    hex             64        name           docs.spacelift.io/integrations/api
  # Package registries
  npm-token                    npm_                 @#                   alnum           36        open           docs.npmjs.com/about-access-tokens
  npm-legacy-token             npm,_authtoken       #                    uuid            36        name           docs.npmjs.com/about-access-tokens
  pypi-token                   pypi-AgEIcHlwaS5vcmc,pypi-AgENdGVzdC5weXBpLm9yZw  @#  base64url  50..1000  open    pypi.org/help
  rubygems-key                 rubygems_            @#                   hex             48        open           guides.rubygems.org/api-key-scopes
  crates-io-token              cio                  @#                   alnum           32        word           doc.rust-lang.org/cargo/reference/publishing.html
  nuget-api-key                oy2                  @#                   lower           43        word           learn.microsoft.com/nuget/nuget-org/scoped-api-keys
  clojars-token                CLOJARS_             @#                   lower           60        open,anycase   github.com/clojars/clojars-web/wiki/Deploy-Tokens
  hex-pm-key                   hex_pm,hexpm,hex_api  #                   hex             32        name           hex.pm/docs/publish
  packagist-token              packagist_out_,packagist_ack_,packagist_uat_,packagist_uut_  @#  word  40..100  open  packagist.com/docs/api
  docker-token                 dckr_pat_            @#                   base64url       27..40    open           docs.docker.com/security/for-developers/access-tokens
  docker-org-token             dckr_oat_            @#                   base64url       27..40    open           docs.docker.com/enterprise/security/access-tokens
  docker-swarm-token           SWMTKN-1-            @#                   a-z0-9-         60..100   open           docs.docker.com/engine/swarm/join-nodes
  artifactory-api-key          AKCp                 @#                   alnum           60..80    open           jfrog.com/help/r/jfrog-platform-administration-documentation/api-key
  artifactory-reference-token  cmVmdGtu             @#                   alnum           48..64    open           jfrog.com/help/r/jfrog-platform-administration-documentation/reference-token
  artifactory-legacy-key       artifactory,jfrog    #                    alnum           64..73    name           jfrog.com/help/r/jfrog-platform-administration-documentation/api-key
  cloudsmith-key               cloudsmith           #                    hex             40        name           help.cloudsmith.io/docs/api-key
  gemfury-token                gemfury,fury_token   #                    alnum           20        name           gemfury.com/help/tokens
  openvsx-token                ovsxp_,ovsxat_       @#                   base64url       30..60    open           github.com/eclipse/openvsx/wiki/Publishing-Extensions
  jsr-token                    jsrp_,jsrd_          @#                   base64url       30..64    open           jsr.io/docs/publishing-packages
  cocoapods-token              cocoapods,pods_trunk  #                   hex             32        name           guides.cocoapods.org/making/getting-setup-with-trunk
  chocolatey-key               chocolatey,choco     #                    uuid            36        name           docs.chocolatey.org/en-us/create/functions
  thunderstore-token           tss_                 @#                   base64url       30..64    open           thunderstore.io/api/docs
  localstack-token             ls-                  @[a-zA-Z]{4}[a-zA-Z0-9]{4}-[a-zA-Z0-9]{4}-[a-zA-Z0-9]{4}-[a-zA-Z0-9]{4}-#  alnum  12  word  docs.localstack.cloud/aws/getting-started/auth-token
  # Code quality
  sonar-token                  squ_,sqp_,sqa_       @#                   hex             40        open           docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens
  sonar-legacy-token           sonar                #                    hex             40        name           docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens
  snyk-token                   snyk                 #                    uuid            36        name           docs.snyk.io/snyk-api/authentication-for-api
  snyk-service-token           snyk_uat.,snyk_sat.  @#                   base64url-dots  40..300   open           docs.snyk.io/snyk-api/authentication-for-api
  codacy-token                 codacy               #                    alnum           20..32    name           docs.codacy.com/codacy-api/api-tokens
  code-climate-token           codeclimate,cc_test_reporter  #           hex             64        name           docs.codeclimate.com/docs/configuring-test-coverage
  semgrep-token                semgrep              #                    hex             64        name           semgrep.dev/docs/semgrep-ci/configuring-blocking-and-errors-in-ci
  stackhawk-key                hawk.                @[A-Za-z0-9_-]{20}\.#  base64url     20        word           docs.stackhawk.com/apidocs
  infracost-key                ico-                 @#                   alnum           32        word           www.infracost.io/docs/features/api_keys
  gitguardian-token            gitguardian,ggshield  #                   alnum           64..71    name           docs.gitguardian.com/api-docs/authentication
  socket-token                 sktsec_              @#                   base64url       36..64    open           docs.socket.dev/reference/authentication
  deepsource-token             dsp_                 @#                   hex             40        open           docs.deepsource.com/docs/developers/api
  `,
);
