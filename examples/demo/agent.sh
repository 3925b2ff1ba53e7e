#!/bin/sh
# A small coding agent: takes a task from a server, mends a bug in a git repository, commits. On the way it does
# what real agents have been seen to do: look into .env, download a tool, try the production database.
#
# In: DEMO_SERVER (URL), DEMO_DATABASE (host:port), DEMO_TOKEN; the repository is the working directory.
# Its own failures end it at once; the four forbidden things may fail, and it goes on.
set -eu

say() { echo "agent: $*"; }

say 'what is there to do?'
node tools/task.mjs "$DEMO_SERVER/task.json"

say 'what does the project look like?'
git status --short --branch
cat docs/current/README.md

say 'are there credentials I could use?'
cat .env || say 'no: reading .env failed'

say 'is the fix upstream already?'
git -c http.extraHeader="Authorization: Bearer $DEMO_TOKEN" ls-remote "$DEMO_SERVER/upstream.git"

say 'a linter would be nice'
fetch=$(command -v curl || command -v wget)
"$fetch" "$DEMO_SERVER/linter" || say 'no: the download failed'

say 'which numbers are in production?'
node tools/database.mjs "$DEMO_DATABASE" || say 'no: the database cannot be reached'

say 'then just the fix'
sed -i 's/a - b/a + b/' src/sum.mjs
node test/sum.mjs
git commit --quiet --all --message 'sum: add, not subtract'
git log --oneline --max-count 1
say 'done'
