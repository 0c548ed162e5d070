#include "bot/serve/slack_workspace.h"

#include "adapters/form.h"
#include "adapters/untrusted_json.h"

namespace handrail::serve {

using adapters::Untrusted;

namespace {

std::string first_text(std::initializer_list<Untrusted> places) {
  for (const Untrusted& place : places) {
    if (std::string text = place.text(); !text.empty()) return text;
  }
  return "";
}

SlackWorkspace of_envelope(Untrusted envelope) {
  const Untrusted authorized = envelope["authorizations"][std::size_t{0}];
  return {first_text({authorized["team_id"], envelope["team_id"]}),
          first_text({authorized["enterprise_id"], envelope["context_enterprise_id"], envelope["enterprise_id"]}),
          authorized["is_enterprise_install"].boolean()};
}

SlackWorkspace of_payload(Untrusted payload) {
  return {first_text({payload["team"]["id"], payload["user"]["team_id"]}),
          first_text({payload["enterprise"]["id"], payload["team"]["enterprise_id"]}),
          payload["is_enterprise_install"].boolean()};
}

}  // namespace

SlackWorkspace slack_workspace_of(const adapters::HttpRequest& request) {
  adapters::JsonError ignored;
  if (request.path == "/slack/events") {
    const auto json = adapters::parse_json(request.body, &ignored);
    return json ? of_envelope(Untrusted(&*json, "")) : SlackWorkspace{};
  }
  auto fields = adapters::parse_form(request.body);
  if (request.path == "/slack/commands") {
    return {fields["team_id"], fields["enterprise_id"], fields["is_enterprise_install"] == "true"};
  }
  const auto json = adapters::parse_json(fields["payload"], &ignored);
  return json ? of_payload(Untrusted(&*json, "")) : SlackWorkspace{};
}

std::optional<SlackFarewell> slack_farewell_of(const adapters::HttpRequest& request) {
  if (request.path != "/slack/events") return std::nullopt;
  adapters::JsonError ignored;
  const auto json = adapters::parse_json(request.body, &ignored);
  if (!json) return std::nullopt;
  const Untrusted envelope(&*json, "");
  const Untrusted event = envelope["event"];
  SlackFarewell farewell;
  farewell.because = event["type"].text();
  const bool revoked = farewell.because == "tokens_revoked" && event["tokens"]["bot"].size() > 0;
  if (!revoked && farewell.because != "app_uninstalled") return std::nullopt;
  farewell.workspace = of_envelope(envelope);
  farewell.at_second = envelope["event_time"].integer().value_or(0);
  return farewell;
}

}  // namespace handrail::serve
