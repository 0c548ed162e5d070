// The inside of take_turn, shared by its files: guide walking, topics, fallback. Not for other rooms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bot/conversation/speech.h"
#include "bot/conversation/turn.h"

namespace handrail::conversation {

// The answers, effects and state that a turn is collecting.
struct Turn {
  const Said& said;
  const intents::Understanding& understanding;
  const AccountView& account;
  const Surroundings& around;
  const Content& content;
  Speech speech;
  TurnResult result;

  State& state() { return result.state; }
  void answer(adapters::Reply reply, adapters::Audience audience = adapters::Audience::here);
  // An answer that only this person reads: here if that is private, else by DM with a short pointer left in public.
  bool can_speak_privately_here() const { return around.private_place; }
  const TicketView* open_ticket(std::string_view kind) const;
  bool has_open_ticket() const;
};

// Whose account facts may be told. `facts_for` is the only door to account facts in this room: for anything that others
// can read it returns none, whatever the engine looked up.
enum class Reader { person_only, everyone };
knowledge::Facts facts_for(const Turn& turn, Reader reader);

// topics.cc
void answer_intent(Turn& turn, const std::string& intent);
void open_person_ticket(Turn& turn, const std::string& kind, const std::string& reason);
// As above, for someone who did not ask for it: says first that the bot cannot help.
void bring_in_a_person(Turn& turn, const std::string& reason);
void answer_review(Turn& turn, bool wanted);
void add_refund_details(Turn& turn);
// What is said shortly after a case was closed, and is about it or about nothing else we know, opens it again. False: it is
// about something else.
bool reopen_if_about_closed_case(Turn& turn);
bool has_payment_details(const intents::Understanding& understanding);

// guide_walk.cc
void show_guide(Turn& turn, const std::string& topic);
void walk(Turn& turn, const std::string& verb, const std::string& topic, int step);

// fallback.cc
void not_understood(Turn& turn);
void none_of_these(Turn& turn);
void ask_what_it_is(Turn& turn);
void offer_topics(Turn& turn, ReplyBuilder& builder);

// language_choice.cc: the language a text names ("answer in German", «انگلیسی»), among those we speak. Empty: none.
std::string language_named_in(std::string_view text, const locales::Catalogs& catalogs);
void switch_language(Turn& turn, const std::string& locale);
void ask_language(Turn& turn);

}  // namespace handrail::conversation
