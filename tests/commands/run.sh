#!/usr/bin/env bash
# Runs `handrail new` for each kind into a copy and then `check`, and the commands that an operator needs first.
# Prints "N passed, N failed".
set -uo pipefail
program=$1
source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$source/locales" "$source/intents" "$source/knowledge" "$folder/"
mkdir -p "$folder/adapters"
passed=0
failed=0
# check NAME WANTED_EXIT COMMAND...
check() {
  local name=$1 wanted=$2 output code
  shift 2
  output=$("$@" 2>&1)
  code=$?
  if [[ $code -eq $wanted ]]; then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s: exit %s instead of %s\n%s\n' "$name" "$code" "$wanted" "$output" | head -20
  fi
}
says() {
  local name=$1 pattern=$2
  shift 2
  check "$name" 0 bash -c '"${@:2}" | grep -Eq -- "$1"' says "$pattern" "$@"
}
data=(--data "$folder/data")

says "a phrase is learned when nothing is lost" "Added" "$program" learn --add refund --text "reimburse what you took for the renewal of last Sunday" --in "$folder"
check "a phrase of another intent is refused" 1 "$program" learn --add refund --text "How can I cancel my subscription?" --in "$folder"
check "and the data is as it was" 0 "$program" check "$folder"
check "new guide, then check" 0 bash -c "'$program' new guide change_plan --in '$folder' && '$program' check '$folder'"
check "new intent, then check" 0 bash -c "'$program' new intent change_plan --in '$folder' && '$program' check '$folder'"
check "new locale, then check" 0 bash -c "'$program' new locale sv --in '$folder' && '$program' check '$folder'"
check "new channel" 0 "$program" new channel matrix --in "$folder"
check "a name that exists is refused" 1 "$program" new guide refund --in "$folder"
check "a name that is no name is refused" 2 "$program" new guide ../evil --in "$folder"
echo "broken" >> "$folder/locales/fa.json"
check "check finds a broken catalog" 1 "$program" check "$folder"
check "an unknown command is a wrong use" 2 "$program" sevre
says "--help names the variables" HANDRAIL_PUBLIC_URL "$program" --help
says "migrate makes the database" "schema [0-9]+" "$program" migrate "${data[@]}"
says "accounts import" "Imported" "$program" accounts import "$source/bot/accounts/demo_accounts.json" "${data[@]}"
says "an agent gets a sign-in link" "/desk#token=" "$program" agents add Sara "${data[@]}"
check "an agent's name is taken once" 1 "$program" agents add Sara "${data[@]}"
says "an identity is linked" "Linked slack user U7" "$program" links add ben --channel slack --workspace T1 --user U7 "${data[@]}"
says "and listed" "U7" "$program" links list ben "${data[@]}"
says "and unlinked" "Unlinked" "$program" links remove --channel slack --workspace T1 --user U7 "${data[@]}"
check "once" 1 "$program" links remove --channel slack --workspace T1 --user U7 "${data[@]}"
says "accounts list" "ben" "$program" accounts list "${data[@]}"
says "chat answers" "Cancel renewal" "$program" chat "${data[@]}" --once "how do I cancel my subscription?"
says "chat knows a linked account" "39" "$program" chat "${data[@]}" --account ben --once "I want a refund"
says "the ticket is listed" "refund" "$program" tickets list "${data[@]}"
says "a reply by command" "waiting" "$program" tickets reply 1001 "Hello" --agent Sara "${data[@]}"
check "a message is not understood" 0 "$program" chat "${data[@]}" --once "my frobnicator 4242 blinks, write to ana@mail.example"
says "learn shows it, masked" "frobnicator … blinks, write to …" "$program" learn "${data[@]}"
says "explain shows the decision" "refund" "$program" explain "give me my money back"
says "detect prints JSON" '"intent":"cancel_subscription"' bash -c "echo 'please cancel my plan' | '$program' detect --json"
says "doctor tells what is missing" "HANDRAIL_SLACK_SIGNING_SECRET" "$program" doctor "${data[@]}"
echo '{"publc_url": "x", "port": 99999}' > "$folder/config.json"
check "every mistake in the configuration at once" 2 "$program" migrate --config "$folder/config.json" "${data[@]}"
check "with did-you-mean" 0 bash -c "'$program' migrate --config '$folder/config.json' 2>&1 | grep -q 'did you mean public_url'"
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
