// One turn of a conversation, as a pure function: the same input gives the same answers, effects and trace. No clock, no
// storage, no network. The engine feeds it and carries out what it returns, in one transaction.
//
// Thread safe: immutable inputs. Never throws for what people write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/message.h"
#include "bot/accounts/facts.h"
#include "bot/conversation/state.h"
#include "intents/understanding.h"
#include "knowledge/shelf.h"
#include "locales/catalog.h"

namespace handrail::conversation {

// A fragment ("i want" / "my money back") is understood with what came this soon before it.
inline constexpr std::int64_t kFragmentWindowMs = 90'000;
// A guide that was not meant costs a glance, a ticket costs a person's time: below this the bot asks before it opens one.
inline constexpr double kSureEnoughForTicket = 0.6;
// After this many turns in a row that were not understood, a person takes over.
inline constexpr int kFailuresBeforePerson = 2;

// What the person said in this turn: all their queued texts as one, or one interaction.
struct Said {
  adapters::InputKind kind = adapters::InputKind::text;
  std::string text;    // texts joined by line breaks
  std::string action;  // for actions and forms
  nlohmann::json fields = nlohmann::json::object();
};

enum class AccountAccess {
  not_asked,    // the turn needed no account
  not_private,  // others can read here
  not_linked,   // we do not know who this is
  not_found,    // linked, but the provider knows no such account
  unavailable,  // the provider does not answer
  found
};
struct AccountView {
  AccountAccess access = AccountAccess::not_asked;
  accounts::AccountFacts facts;
};

struct TicketView {
  std::int64_t number = 0;
  std::string kind;   // "refund", "account_review", "human"
  std::string state;  // "open", "claimed", "waiting", "resolved"
  bool can_reopen = false;  // resolved a short while ago, and this is where it is spoken about
};

struct Surroundings {
  std::int64_t now = 0;
  bool private_place = true;    // only this person reads the answer (DM, ephemeral, own web chat)
  bool direct_place = true;     // a DM or web chat: tickets can be followed up right here
  bool linked = false;
  std::string platform_locale;
  std::string default_locale = "en";
  std::string time_zone = "UTC";
  std::string product_name;
  std::string user_name;
  std::vector<TicketView> tickets;  // of this person, newest first
  std::int64_t next_ticket_number = 1;
  bool people_there_now = true;
  std::int64_t people_next_there_at = 0;  // when not now; 0: unknown
  std::string link_offer;                 // URL of a one-time link for someone unknown; empty: none to offer
};

struct Content {
  const locales::Catalogs* catalogs = nullptr;
  const knowledge::Shelf* shelf = nullptr;
};

struct Answer {
  adapters::Reply reply;  // without id: the engine gives it
  adapters::Audience audience = adapters::Audience::here;
};

struct OpenTicket {
  std::string kind;
  std::string reason;  // "person asked", "bot could not help"
};
struct AddToTicket {
  std::string kind;  // details for the open ticket of this kind
};
struct ReopenTicket {
  std::int64_t number = 0;  // of a ticket that can be reopened
};
struct UseLinkOffer {};  // the one-time link was shown: make it valid
using Effect = std::variant<OpenTicket, AddToTicket, ReopenTicket, UseLinkOffer>;

struct TurnResult {
  State state;
  std::vector<Answer> answers;
  std::vector<Effect> effects;
  nlohmann::json trace;  // why: intent, scores, guide and version, names of account facts used, decision
};

// The text to understand: what is said now, preceded by a fragment that came just before.
std::string utterance_of(const State& state, const Said& said, std::int64_t now);

// What has to be known before the turn can be taken.
struct Needs {
  bool account = false;
  bool fresh = false;  // read past the cache: the person says they have just done something
};
Needs needs_of(const State& state, const Said& said, const intents::Understanding& understanding);

TurnResult take_turn(const State& state, const Said& said, const intents::Understanding& understanding,
                     const AccountView& account, const Surroundings& surroundings, const Content& content);

}  // namespace handrail::conversation
