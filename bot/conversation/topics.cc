// What is answered to each intent. An intent that has no row here but a topic in the knowledge is answered with that
// topic, so a new intent with a guide is data alone.
#include <algorithm>
#include <array>
#include <utility>

#include "bot/conversation/parts.h"

namespace handrail::conversation {

using adapters::ActionStyle;
using adapters::Audience;
using adapters::Tone;

namespace {

void greet(Turn& turn) {
  ReplyBuilder builder(turn.speech);
  builder.say("reply.greeting");
  offer_topics(turn, builder);
  turn.answer(builder.finish());
}

void thank(Turn& turn) {
  ReplyBuilder builder(turn.speech);
  builder.say("reply.thanks");
  turn.answer(builder.finish());
}

// "Ok" or "done" to what was said, "no" to whether there is anything else: nothing is asked, so there is nothing more to say.
void acknowledge(Turn& turn) {
  ReplyBuilder builder(turn.speech);
  builder.say("reply.acknowledged");
  turn.answer(builder.finish());
}

void be_quiet(Turn& turn) {
  turn.state().quiet = true;
  ReplyBuilder builder(turn.speech);
  builder.say("reply.quiet_on");
  builder.action("bot:resume", "button.resume");
  turn.answer(builder.finish());
}

// What the person will hear in public while the matter itself goes to their DM.
void point_to_dm(Turn& turn) {
  ReplyBuilder builder(turn.speech);
  builder.say("reply.check_dm");
  turn.answer(builder.finish(), Audience::here);
}

// Where matters of one person are spoken about: right here when this is a DM or their web chat, else by DM.
Audience private_audience(Turn& turn) {
  if (turn.around.direct_place) return Audience::here;
  point_to_dm(turn);
  return Audience::direct;
}

void say_when_people_are_there(Turn& turn, ReplyBuilder& builder) {
  if (turn.around.people_there_now) return;
  if (turn.around.people_next_there_at > 0) {
    builder.say("ticket.outside_hours", {{"next", turn.speech.date_time(turn.around.people_next_there_at)}});
  } else {
    builder.say("ticket.outside_hours_unknown");
  }
}

void report_tickets(Turn& turn) {
  const Audience audience = private_audience(turn);
  ReplyBuilder builder(turn.speech);
  bool any = false;
  for (const TicketView& ticket : turn.around.tickets) {
    if (ticket.state == "resolved" && any) continue;  // an old case only when there is no newer one
    any = true;
    builder.status(ticket.state == "resolved" ? Tone::success : Tone::info,
                   turn.speech.say("ticket.status_" + ticket.state, {{"number", std::int64_t{ticket.number}}}));
  }
  if (!any) {
    builder.say("ticket.status_none");
  } else {
    say_when_people_are_there(turn, builder);
  }
  builder.action("ticket:new", "button.person");
  turn.answer(builder.finish(), audience);
}

void open_refund(Turn& turn) {
  const Audience audience = private_audience(turn);
  // By DM or in a private place only this person reads it; a slash command's ephemeral answer is private too.
  const knowledge::Facts facts = facts_for(turn, Reader::person_only);
  const TicketView* open = turn.open_ticket("refund");
  const knowledge::RenderedGuide guide = turn.content.shelf->render("refund", turn.speech.locale(), facts);
  turn.result.trace["guides"].push_back(
      {{"topic", "refund"}, {"version", guide.version}, {"locale", guide.locale}});

  ReplyBuilder builder(turn.speech);
  const std::int64_t number = open != nullptr ? open->number : turn.around.next_ticket_number;
  builder.status(Tone::info, turn.speech.say(open != nullptr ? "ticket.joined" : "ticket.opened",
                                             {{"number", number}}));
  for (const std::string& paragraph : guide.intro) builder.paragraph(paragraph);
  for (std::size_t i = 0; i < guide.steps.size(); ++i) {
    builder.paragraph("**" + guide.steps[i].title + "**" +
                      (guide.steps[i].text.empty() ? "" : "\n" + guide.steps[i].text));
  }
  for (const knowledge::RenderedCallout& callout : guide.callouts) {
    builder.callout(callout.tone == "warning" ? Tone::warning : Tone::info, callout.text);
  }
  for (const std::string& paragraph : guide.outro) builder.paragraph(paragraph);
  if (turn.account.access == AccountAccess::unavailable) builder.say("account.unavailable");
  const bool knows_the_charge = facts.count("last_charge.at") != 0;
  if (!knows_the_charge) {
    turn.state().pending = Pending::refund_details;
    if (turn.account.access == AccountAccess::not_linked && !turn.around.link_offer.empty()) {
      builder.link("button.link_account", turn.around.link_offer);
      turn.result.effects.push_back(UseLinkOffer{});
    }
  }
  say_when_people_are_there(turn, builder);
  turn.result.effects.push_back(OpenTicket{"refund", "asked for a refund"});
  turn.answer(builder.finish(), audience);
}

// The state of one's own account is not for a channel: there the way to see it is shown, and the facts go to the DM.
void answer_status(Turn& turn) {
  show_guide(turn, "subscription_status");
  if (turn.can_speak_privately_here() || turn.account.access != AccountAccess::found) return;
  const knowledge::RenderedGuide guide = turn.content.shelf->render(
      "subscription_status", turn.speech.locale(), facts_for(turn, Reader::person_only));
  point_to_dm(turn);
  ReplyBuilder builder(turn.speech);
  builder.heading(guide.title);
  for (const std::string& paragraph : guide.intro) builder.paragraph(paragraph);
  for (const std::string& paragraph : guide.outro) builder.paragraph(paragraph);
  turn.answer(builder.finish(), Audience::direct);
}

struct Row {
  std::string_view intent;
  void (*answer)(Turn&);
};
constexpr std::array<Row, 11> kRows{{
    {"greeting", greet},
    {"thanks", thank},
    {"yes", acknowledge},
    {"no", acknowledge},
    {"done", acknowledge},
    {"stop_bot", be_quiet},
    {"ticket_status", report_tickets},
    {"refund", open_refund},
    {"subscription_status", answer_status},
    {"switch_language", [](Turn& turn) { ask_language(turn); }},
    {"talk_to_human", [](Turn& turn) { open_person_ticket(turn, "human", "asked for a person"); }},
}};

}  // namespace

void answer_intent(Turn& turn, const std::string& intent) {
  turn.state().last_intent = intent;
  turn.state().failures = 0;
  turn.state().fragment.clear();
  turn.state().pending = Pending::none;
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.intent == intent; });
  if (row != kRows.end()) {
    row->answer(turn);
  } else if (turn.content.shelf->find(intent) != nullptr) {
    show_guide(turn, intent);
  } else {
    not_understood(turn);  // an intent without an answer: `handrail check` warns about it
  }
}

namespace {

void open_ticket_with(Turn& turn, ReplyBuilder builder, const std::string& kind, const std::string& reason) {
  const Audience audience = private_audience(turn);
  const TicketView* open = turn.open_ticket(kind);
  const std::int64_t number = open != nullptr ? open->number : turn.around.next_ticket_number;
  builder.status(Tone::info, turn.speech.say(open != nullptr ? "ticket.joined" : "ticket.opened",
                                             {{"number", number}}));
  builder.say("ticket.what_next_" + kind);
  say_when_people_are_there(turn, builder);
  turn.result.effects.push_back(OpenTicket{kind, reason});
  turn.state().failures = 0;
  turn.state().pending = Pending::none;
  turn.answer(builder.finish(), audience);
}

}  // namespace

void open_person_ticket(Turn& turn, const std::string& kind, const std::string& reason) {
  open_ticket_with(turn, ReplyBuilder(turn.speech), kind, reason);
}

void bring_in_a_person(Turn& turn, const std::string& reason) {
  ReplyBuilder builder(turn.speech);
  builder.say("reply.bring_person");
  open_ticket_with(turn, std::move(builder), "human", reason);
}

void answer_review(Turn& turn, bool wanted) {
  turn.state().pending = Pending::none;
  turn.state().failures = 0;
  if (wanted) {
    open_person_ticket(turn, "account_review", "agreed to an account review");
    return;
  }
  ReplyBuilder builder(turn.speech);
  builder.say("reply.review_declined");
  builder.action("review:yes", "button.review");
  turn.answer(builder.finish());
}

bool has_payment_details(const intents::Understanding& understanding) {
  static constexpr std::array<std::string_view, 6> kNames{"email", "last4", "order_id",
                                                          "amount", "date", "ticket_number"};
  return std::any_of(understanding.facts.begin(), understanding.facts.end(), [](const intents::Fact& fact) {
    return std::find(kNames.begin(), kNames.end(), fact.name) != kNames.end();
  });
}

bool reopen_if_about_closed_case(Turn& turn) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kIntentOfKind{{
      {"refund", "refund"}, {"account_review", "missing_free_credits"}, {"human", "talk_to_human"}}};
  const intents::Understanding& understanding = turn.understanding;
  if (understanding.decision == intents::Decision::did_you_mean) return false;
  const bool says_something_else = understanding.decision == intents::Decision::answer;
  for (const TicketView& ticket : turn.around.tickets) {
    if (!ticket.can_reopen || turn.open_ticket(ticket.kind) != nullptr) continue;
    const auto row = std::find_if(kIntentOfKind.begin(), kIntentOfKind.end(),
                                  [&](const auto& pair) { return pair.first == ticket.kind; });
    const bool about_it = understanding.intent == "talk_to_human" ||
                          (row != kIntentOfKind.end() && understanding.intent == row->second);
    if (says_something_else && !about_it) continue;
    turn.result.effects.push_back(ReopenTicket{ticket.number});
    turn.state().failures = 0;
    turn.state().pending = Pending::none;
    ReplyBuilder builder(turn.speech);
    builder.status(Tone::info, turn.speech.say("ticket.reopened", {{"number", ticket.number}}));
    builder.say("ticket.what_next_" + ticket.kind);
    say_when_people_are_there(turn, builder);
    turn.answer(builder.finish());
    return true;
  }
  return false;
}

void add_refund_details(Turn& turn) {
  turn.state().failures = 0;
  turn.result.effects.push_back(AddToTicket{"refund"});
  const TicketView* open = turn.open_ticket("refund");
  ReplyBuilder builder(turn.speech);
  builder.status(Tone::success, turn.speech.say("ticket.details_added",
                                                {{"number", open != nullptr ? open->number : std::int64_t{0}}}));
  turn.answer(builder.finish());
}

}  // namespace handrail::conversation
