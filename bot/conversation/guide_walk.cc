// Showing a guide whole or one step at a time, and checking afterwards whether it worked.
#include <algorithm>
#include <utility>

#include "bot/conversation/parts.h"

namespace handrail::conversation {

using adapters::ActionStyle;
using adapters::Audience;
using adapters::Block;
using adapters::Image;
using adapters::StepState;
using adapters::Tone;

namespace {

std::string guide_action(const std::string& topic, const std::string& verb, int step) {
  return "guide:" + topic + ":" + verb + ":" + std::to_string(step);
}

Tone tone_of(const std::string& name) {
  if (name == "warning") return Tone::warning;
  if (name == "success") return Tone::success;
  return Tone::info;
}

Block step_block(const knowledge::RenderedGuide& guide, std::size_t index, StepState state) {
  const knowledge::GuideStep& step = guide.steps[index];
  Block block;
  block.number = static_cast<int>(index) + 1;
  block.total = static_cast<int>(guide.steps.size());
  block.step_id = step.id;
  block.title = step.title;
  block.text = step.text;
  block.state = step.done ? StepState::done : state;
  if (step.picture) block.image = Image{step.picture->svg, step.picture->png, step.picture->alt};
  return block;
}

// The first step that is not done, 0-based; 0 when all are.
std::size_t first_open_step(const knowledge::RenderedGuide& guide) {
  const auto open = std::find_if(guide.steps.begin(), guide.steps.end(),
                                 [](const knowledge::GuideStep& step) { return !step.done; });
  return open == guide.steps.end() ? 0 : static_cast<std::size_t>(open - guide.steps.begin());
}

bool is_all_done(const knowledge::RenderedGuide& guide) {
  return std::all_of(guide.steps.begin(), guide.steps.end(), [](const knowledge::GuideStep& step) { return step.done; });
}

Reader reader_here(const Turn& turn) {
  return turn.can_speak_privately_here() ? Reader::person_only : Reader::everyone;
}

void note_account_access(Turn& turn, ReplyBuilder& builder) {
  if (!turn.can_speak_privately_here()) return;
  if (turn.account.access == AccountAccess::unavailable) {
    builder.callout(Tone::info, turn.speech.say("account.unavailable"));
  } else if (turn.account.access == AccountAccess::not_linked && !turn.around.link_offer.empty()) {
    builder.callout(Tone::info, turn.speech.say("account.not_linked_offer"));
    builder.link("button.link_account", turn.around.link_offer);
    turn.result.effects.push_back(UseLinkOffer{});
  }
}

void note_language(Turn& turn, const knowledge::RenderedGuide& guide, ReplyBuilder& builder) {
  if (guide.fell_back_to_english) builder.callout(Tone::info, turn.speech.say("reply.only_in_english"));
}

void show_step(Turn& turn, const knowledge::RenderedGuide& guide, std::size_t index,
               const std::string& introduction) {
  turn.state().topic = guide.topic;
  turn.state().step = static_cast<int>(index) + 1;
  ReplyBuilder builder(turn.speech);
  builder.paragraph(introduction);
  builder.step(step_block(guide, index, StepState::current));
  // A trap belongs to the moment it can snap: the step it names, or the last one.
  for (const knowledge::RenderedCallout& callout : guide.callouts) {
    const bool here = callout.step_id.empty() ? index + 1 == guide.steps.size()
                                              : callout.step_id == guide.steps[index].id;
    if (here) builder.callout(tone_of(callout.tone), callout.text);
  }
  const int number = static_cast<int>(index) + 1;
  const bool last = index + 1 == guide.steps.size();
  if (!last) builder.action(guide_action(guide.topic, "next", number), "button.next", ActionStyle::primary);
  if (index > 0) builder.action(guide_action(guide.topic, "back", number), "button.back");
  builder.action(guide_action(guide.topic, "stuck", number), "button.stuck");
  builder.action(guide_action(guide.topic, "done", number), "button.done",
                 last ? ActionStyle::primary : ActionStyle::normal);
  builder.action("ticket:new", "button.person");
  turn.answer(builder.finish());
}

void check_it_worked(Turn& turn, const std::string& topic) {
  // Account facts are told to the person alone, so in public the check is the reader's own to make.
  const knowledge::Verification check =
      turn.content.shelf->verify(topic, turn.speech.locale(), facts_for(turn, reader_here(turn)));
  turn.result.trace["verification"] = check.outcome == knowledge::Outcome::verified   ? "verified"
                                      : check.outcome == knowledge::Outcome::not_done ? "not_done"
                                                                                      : "cannot_tell";
  ReplyBuilder builder(turn.speech);
  if (check.outcome == knowledge::Outcome::verified) {
    builder.status(Tone::success, check.text);
    builder.say("reply.anything_else");
    turn.state().topic.clear();
    turn.state().step = 0;
    turn.state().pending = Pending::anything_else;
    turn.answer(builder.finish());
    return;
  }
  if (check.outcome == knowledge::Outcome::cannot_tell) {
    builder.status(Tone::info, check.text);
    note_account_access(turn, builder);
    builder.action(guide_action(topic, "all", 0), "button.show_all");
    builder.action("ticket:new", "button.person");
    turn.answer(builder.finish());
    return;
  }
  const knowledge::RenderedGuide guide =
      turn.content.shelf->render(topic, turn.speech.locale(), facts_for(turn, reader_here(turn)));
  const auto back = std::find_if(guide.steps.begin(), guide.steps.end(), [&](const knowledge::GuideStep& step) {
    return step.id == check.back_to;
  });
  builder.status(Tone::warning, check.text);
  turn.answer(builder.finish());
  if (back != guide.steps.end()) {
    show_step(turn, guide, static_cast<std::size_t>(back - guide.steps.begin()), "");
  }
}

void help_when_stuck(Turn& turn, const knowledge::RenderedGuide& guide, std::size_t index) {
  turn.state().stuck += 1;
  if (turn.state().stuck >= kFailuresBeforePerson) {
    turn.state().stuck = 0;
    bring_in_a_person(turn, "stuck at " + guide.topic + "/" + guide.steps[index].id);
    return;
  }
  show_step(turn, guide, index, turn.speech.say("reply.stuck_hint"));
}

}  // namespace

void show_guide(Turn& turn, const std::string& topic) {
  const knowledge::RenderedGuide guide =
      turn.content.shelf->render(topic, turn.speech.locale(), facts_for(turn, reader_here(turn)));
  turn.result.trace["guides"].push_back({{"topic", topic}, {"version", guide.version}, {"locale", guide.locale}});
  ReplyBuilder builder(turn.speech);
  note_language(turn, guide, builder);
  builder.heading(guide.title);
  for (const std::string& paragraph : guide.intro) builder.paragraph(paragraph);
  const std::size_t open_step = first_open_step(guide);
  for (std::size_t i = 0; i < guide.steps.size(); ++i) {
    Block block = step_block(guide, i, StepState::todo);
    if (block.state == StepState::done) {
      // Ticked, not repeated: "then it is still active" would be wrong for someone who has cancelled.
      block.text.clear();
      block.image.reset();
    }
    builder.step(std::move(block));
  }
  for (const knowledge::RenderedCallout& callout : guide.callouts) {
    builder.callout(tone_of(callout.tone), callout.text);
  }
  for (const std::string& paragraph : guide.outro) builder.paragraph(paragraph);
  note_account_access(turn, builder);

  if (!guide.steps.empty() && !is_all_done(guide)) {
    turn.state().topic = topic;
    turn.state().step = 0;
    turn.state().stuck = 0;
    const int number = static_cast<int>(open_step) + 1;
    builder.action(guide_action(topic, "start", number), "button.step_by_step", ActionStyle::primary);
    builder.action(guide_action(topic, "done", 0), "button.done");
    builder.action(guide_action(topic, "stuck", number), "button.stuck");
  } else {
    turn.state().topic.clear();
    turn.state().step = 0;
  }
  if (topic == "missing_free_credits") {
    turn.state().pending = Pending::offer_review;
    builder.action("review:yes", "button.review", ActionStyle::primary);
  }
  builder.action("ticket:new", "button.person");
  turn.answer(builder.finish());
}

void walk(Turn& turn, const std::string& verb, const std::string& topic, int step) {
  const knowledge::Facts facts = facts_for(turn, reader_here(turn));
  if (turn.content.shelf->find(topic) == nullptr) {
    not_understood(turn);  // a button of a guide that has been removed since
    return;
  }
  turn.state().last_intent = topic;
  if (verb == "all") {
    show_guide(turn, topic);
    return;
  }
  if (verb == "done") {
    turn.state().topic = topic;
    check_it_worked(turn, topic);
    return;
  }
  const knowledge::RenderedGuide guide = turn.content.shelf->render(topic, turn.speech.locale(), facts);
  if (guide.steps.empty()) {
    show_guide(turn, topic);
    return;
  }
  const int total = static_cast<int>(guide.steps.size());
  const int at = std::clamp(step, 1, total);
  if (verb == "next") {
    // Whoever has done everything meanwhile is not led through the rest.
    if (at == total || is_all_done(guide)) {
      check_it_worked(turn, topic);
    } else {
      turn.state().stuck = 0;
      show_step(turn, guide, static_cast<std::size_t>(at), "");
    }
  } else if (verb == "back") {
    show_step(turn, guide, static_cast<std::size_t>(std::max(at - 2, 0)), "");
  } else if (verb == "stuck") {
    turn.state().topic = topic;
    help_when_stuck(turn, guide, static_cast<std::size_t>(at - 1));
  } else {
    show_step(turn, guide, static_cast<std::size_t>(at - 1), "");
  }
}

}  // namespace handrail::conversation
