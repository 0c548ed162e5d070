#include "bot/conversation/state.h"

#include <array>
#include <utility>

namespace handrail::conversation {
namespace {

constexpr std::array<std::pair<Pending, const char*>, 6> kPendingNames{{
    {Pending::none, "none"},
    {Pending::did_you_mean, "did_you_mean"},
    {Pending::offer_review, "offer_review"},
    {Pending::refund_details, "refund_details"},
    {Pending::choose_language, "choose_language"},
    {Pending::anything_else, "anything_else"},
}};

const char* name_of(Pending pending) {
  for (const auto& [value, name] : kPendingNames) {
    if (value == pending) return name;
  }
  return "none";
}

Pending pending_of(const std::string& name) {
  for (const auto& [value, known] : kPendingNames) {
    if (name == known) return value;
  }
  return Pending::none;
}

// A field of the wrong type reads as absent: the state is ours, but perhaps another version's.
template <typename T>
void read(const nlohmann::json& json, const char* key, T& into) {
  const auto found = json.find(key);
  if (found == json.end()) return;
  try {
    into = found->get<T>();
  } catch (const nlohmann::json::exception&) {
  }
}

}  // namespace

nlohmann::json to_json(const State& state) {
  return {{"chosen_locale", state.chosen_locale},
          {"locale", state.locale},
          {"introduced", state.introduced},
          {"quiet", state.quiet},
          {"failures", state.failures},
          {"topic", state.topic},
          {"step", state.step},
          {"stuck", state.stuck},
          {"last_intent", state.last_intent},
          {"pending", name_of(state.pending)},
          {"options", state.options},
          {"choices", state.choices},
          {"fragment", state.fragment},
          {"fragment_at", state.fragment_at}};
}

State state_from_json(const nlohmann::json& json) {
  State state;
  if (!json.is_object()) return state;
  read(json, "chosen_locale", state.chosen_locale);
  read(json, "locale", state.locale);
  read(json, "introduced", state.introduced);
  read(json, "quiet", state.quiet);
  read(json, "failures", state.failures);
  read(json, "topic", state.topic);
  read(json, "step", state.step);
  read(json, "stuck", state.stuck);
  read(json, "last_intent", state.last_intent);
  std::string pending;
  read(json, "pending", pending);
  state.pending = pending_of(pending);
  read(json, "options", state.options);
  read(json, "choices", state.choices);
  read(json, "fragment", state.fragment);
  read(json, "fragment_at", state.fragment_at);
  return state;
}

}  // namespace handrail::conversation
