// `handrail learn`: what real messages could teach, and adding them. Nothing is learned without a
// person: the list shows, with personal data masked, what was not understood and what agents said a
// message was about; an addition is refused when a language would be understood worse.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "bot/commands/commands.h"
#include "bot/conversation/detector_cache.h"
#include "bot/serve/app.h"
#include "bot/storage/labels.h"
#include "bot/storage/settings.h"
#include "intents/detector.h"

namespace handrail::commands {
namespace {

constexpr double kBeyondDoubt = 0.99;
constexpr double kMayLose = 0.005;  // share of a language's expectations

constexpr std::int64_t kMessagesLookedAt = 1000;

struct Options {
  CommonOptions common;
  std::string intent, text, locale = "en", root;
  bool confirmed = false;
};

// Names, numbers and addresses are of no use to a detector and are not ours to keep.
std::string masked(const std::string& text, const std::vector<intents::Fact>& facts) {
  static const std::set<std::string> kPersonal = {"email", "last4", "order_id", "ticket_number",
                                                  "amount"};
  std::u32string letters = locales::to_utf32(text);
  for (const intents::Fact& fact : facts) {
    if (kPersonal.count(fact.name) == 0) continue;
    for (std::size_t i = fact.begin; i < fact.end && i < letters.size(); ++i)
      letters[i] = U'\u2026';
  }
  std::u32string result;
  for (const char32_t c : letters) {
    const bool digit = (c >= U'0' && c <= U'9') || (c >= U'\u06F0' && c <= U'\u06F9') ||
                       (c >= U'\u0660' && c <= U'\u0669');
    const char32_t shown = digit ? U'\u2026' : c;
    if (shown == U'\u2026' && !result.empty() && result.back() == U'\u2026') continue;
    result += shown;
  }
  return locales::to_utf8(result);
}

std::string data_root(const Options& options) {
  return options.root.empty() ? serve::find_data_root() : options.root;
}

// One message that could teach something.
struct Lesson {
  std::string text;  // masked
  std::string locale;
  std::string nearest;  // what it is taken for now, or would be if it had to be something
  std::string intent;   // what an agent says it is about; empty: nobody said
  std::string agent;
};

intents::Context now_context() {
  intents::Context context;
  context.now = now_ms();
  return context;
}

// What agents said, where the detector does not say the same yet.
std::vector<Lesson> confirmed_lessons(const std::vector<storage::Label>& labels, const intents::Detector& detector) {
  std::vector<Lesson> lessons;
  std::set<std::string> shown;
  for (const storage::Label& label : labels) {
    const auto understood = detector.understand(label.text, now_context());
    if (understood.intent == label.intent) continue;
    const std::string text = masked(label.text, understood.facts);
    if (text.empty() || !shown.insert(text).second) continue;
    const std::string nearest = understood.intents.empty() ? "" : understood.intents.front().name;
    lessons.push_back({text, understood.locale, nearest, label.intent, label.agent});
  }
  return lessons;
}

// What was not understood, newest first.
std::vector<Lesson> open_lessons(const std::vector<storage::DecidedMessage>& messages, const intents::Detector& detector) {
  std::vector<Lesson> lessons;
  std::set<std::string> shown;
  for (const storage::DecidedMessage& message : messages) {
    const auto trace = nlohmann::json::parse(message.trace, nullptr, false);
    if (!trace.is_object() || trace.value("decision", "answer") == "answer" || !trace.value("action", "").empty()) continue;
    const auto understood = detector.understand(message.text, now_context());
    const std::string text = masked(message.text, understood.facts);
    if (!shown.insert(text).second) continue;
    const std::string nearest = understood.intents.empty() ? "" : understood.intents.front().name;
    lessons.push_back({text, understood.locale, nearest, "", ""});
  }
  return lessons;
}

void print(const Lesson& lesson, bool as_json) {
  if (as_json) {
    nlohmann::json json = {{"text", lesson.text}, {"locale", lesson.locale}, {"nearest", lesson.nearest}};
    json["intent"] = lesson.intent.empty() ? nlohmann::json(nullptr) : nlohmann::json(lesson.intent);
    if (!lesson.agent.empty()) json["agent"] = lesson.agent;
    std::cout << json.dump() << "\n";
  } else if (lesson.intent.empty()) {
    std::cout << lesson.locale << "\t" << lesson.nearest << "?\t" << lesson.text << "\n";
  } else {
    std::cout << lesson.locale << "\t" << lesson.intent << " (" << lesson.agent << ")\t" << lesson.text << "\n";
  }
}

struct Material {
  std::vector<storage::Label> labels;
  std::vector<storage::DecidedMessage> messages;
};
base::Result<Material> read_material(storage::Store& store) {
  Material material;
  const auto read = store.read([&](storage::Session& session) {
    material.labels = storage::newest_labels(session, kMessagesLookedAt);
    material.messages = storage::recent_decisions(session, kMessagesLookedAt);
    return base::done();
  });
  if (!read) return read.error();
  return material;
}

int list(const Options& options) {
  locales::Problems problems;
  const auto detector = conversation::learn_or_recall(
      intents::load_dataset(data_root(options) + "/intents", problems),
      conversation::user_cache_folder());
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    const auto material = read_material(store);
    if (!material) return complain(material.error());
    const auto confirmed = confirmed_lessons(material->labels, *detector);
    const auto open = open_lessons(material->messages, *detector);
    std::set<std::string> said;
    for (const Lesson& lesson : confirmed) {
      said.insert(lesson.text);
      print(lesson, options.common.json);
    }
    for (const Lesson& lesson : open) {
      if (said.count(lesson.text) == 0) print(lesson, options.common.json);
    }
    if (!options.common.json && confirmed.empty() && open.empty())
      std::cout << "Every message so far was understood.\n";
    return kDone;
  });
}

std::set<std::string> held(const intents::Detector& detector, const intents::Dataset& data) {
  std::set<std::string> right;
  for (const intents::Example& example : data.expectations) {
    intents::Context context;
    const bool guide = data.scopes.at(example.intent) == "guide";
    context.scope = guide ? intents::Context::Scope::guide : intents::Context::Scope::conversation;
    if (detector.understand(example.text, context).intent == example.intent)
      right.insert(example.text);
  }
  return right;
}

// One phrase moves the shared threshold a little, so single expectations come and go; what a
// language as a whole may lose is bounded.
std::vector<std::string> languages_that_lose(const intents::Dataset& data,
                                             const std::set<std::string>& before,
                                             const std::set<std::string>& after) {
  struct Count {
    int before = 0, after = 0, all = 0;
  };
  std::map<std::string, Count> counts;
  for (const intents::Example& example : data.expectations) {
    Count& count = counts[example.locale];
    ++count.all;
    count.before += before.count(example.text) != 0 ? 1 : 0;
    count.after += after.count(example.text) != 0 ? 1 : 0;
  }
  std::vector<std::string> worse;
  for (const auto& [locale, count] : counts) {
    if (count.before - count.after <= kMayLose * count.all) continue;
    worse.push_back(locale + ": " + std::to_string(count.after) + " of " +
                    std::to_string(count.all) + " expectations would hold instead of " +
                    std::to_string(count.before));
  }
  return worse;
}

// The detector and the data it learned from, with the expectations that hold.
struct School {
  std::string root;
  intents::Dataset data;
  locales::Problems problems;
  std::unique_ptr<const intents::Detector> detector;
  std::set<std::string> holds;
};

School open_school(const Options& options) {
  School school;
  school.root = data_root(options);
  school.data = intents::load_dataset(school.root + "/intents", school.problems);
  school.detector = conversation::learn_or_recall(school.data, conversation::user_cache_folder());
  school.holds = held(*school.detector, school.data);
  return school;
}

enum class Lost { listed, counted };
// Adds one phrase to its file, or says on standard error why not.
bool teach(School& school, const std::string& text, const std::string& intent, const std::string& locale, Lost lost) {
  const intents::Understanding now = school.detector->understand(text, {});
  const bool contradicts = now.decision == intents::Decision::answer && now.intent != intent && now.confidence >= kBeyondDoubt;
  if (contradicts) {
    std::cerr << "handrail: not added: this is understood as " << now.intent
              << " beyond doubt; under two intents it would blur both.\n";
    return false;
  }
  intents::Example example;
  example.text = text;
  example.intent = intent;
  example.locale = locale;
  intents::Dataset with = school.data;
  with.examples.push_back(example);
  auto learned = intents::Detector::train(with);
  const std::set<std::string> after = held(*learned, with);
  if (lost == Lost::listed) {
    for (const std::string& expectation : school.holds) {
      if (after.count(expectation) == 0) std::cerr << "would no longer be recognised: " << expectation << "\n";
    }
  }
  const std::vector<std::string> worse = languages_that_lose(school.data, school.holds, after);
  if (!worse.empty()) {
    for (const std::string& what : worse) std::cerr << what << "\n";
    std::cerr << "handrail: not added: a language would be understood worse.\n";
    return false;
  }
  const std::filesystem::path file = std::filesystem::path(school.root) / "intents" / intent / (locale + ".txt");
  std::ofstream(file, std::ios::app) << text << "\n";
  locales::Problems wrong;
  intents::load_dataset(school.root + "/intents", wrong);
  if (wrong.size() > school.problems.size()) {
    // The phrase stands elsewhere already: take it back and say where.
    const auto size = std::filesystem::file_size(file);
    std::filesystem::resize_file(file, size - text.size() - 1);
    for (const auto& problem : wrong) std::cerr << locales::to_text(problem) << "\n";
    std::cerr << "handrail: not added.\n";
    return false;
  }
  std::cout << "Added to " << file.string() << "; " << after.size() << " expectations hold (" << school.holds.size()
            << " before). `handrail reload` gives it to a running server.\n";
  school.data = std::move(with);
  school.detector = std::move(learned);
  school.holds = after;
  return true;
}

int add(const Options& options) {
  School school = open_school(options);
  if (school.data.scopes.count(options.intent) == 0) {
    std::cerr << "handrail: there is no intent " << options.intent << ".\n";
    return kUsedWrong;
  }
  return teach(school, options.text, options.intent, options.locale, Lost::listed) ? kDone : kFoundWrong;
}

// Everything that agents have said, one after another: what would make a language worse is left out, and said.
int add_confirmed(const Options& options) {
  School school = open_school(options);
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    const auto material = read_material(store);
    if (!material) return complain(material.error());
    int refused = 0;
    for (const Lesson& lesson : confirmed_lessons(material->labels, *school.detector)) {
      std::cout << lesson.intent << " (" << lesson.agent << "): " << lesson.text << "\n";
      if (!teach(school, lesson.text, lesson.intent, lesson.locale, Lost::counted)) ++refused;
    }
    return refused == 0 ? kDone : kFoundWrong;
  });
}

}  // namespace

void add_learn_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "learn", "Show real messages that were not understood, or teach one of them.");
  add_common_options(*command, options->common);
  add_json_option(*command, options->common);
  CLI::Option* intent =
      command->add_option("--add", options->intent, "The intent that --text belongs to.");
  CLI::Option* text =
      command->add_option("--text", options->text, "The phrase to add, without personal data.");
  intent->needs(text);
  text->needs(intent);
  command->add_flag("--add-confirmed", options->confirmed,
                    "Teach what agents have said messages were about (in a ticket, or by its API).")
      ->excludes(intent);
  command->add_option("--locale", options->locale, "The language of the phrase. Default: en.");
  command->add_option("--in", options->root,
                      "The checkout to add it to. Default: where the shipped data is.");
  command->callback([options, &chosen] {
    chosen = [options] {
      if (options->confirmed) return add_confirmed(*options);
      return options->intent.empty() ? list(*options) : add(*options);
    };
  });
}

}  // namespace handrail::commands
