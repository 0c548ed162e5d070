// detect, explain, evaluate: what the detector thinks, without any data folder.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "adapters/json_text.h"
#include "bot/commands/commands.h"
#include "bot/conversation/content.h"
#include "bot/conversation/detector_cache.h"
#include "bot/serve/app.h"
#include "bot/storage/settings.h"
#include "intents/evaluate.h"

namespace handrail::commands {

using nlohmann::json;

namespace {

std::unique_ptr<intents::Detector> train_shipped() {
  locales::Problems problems;
  const intents::Dataset data =
      intents::load_dataset(serve::find_data_root() + "/intents", problems);
  for (const auto& problem : problems) std::cerr << locales::to_text(problem) << "\n";
  return data.examples.empty() ? nullptr : conversation::learn_or_recall(data, conversation::user_cache_folder());
}

intents::Context context_of(bool guide) {
  intents::Context context;
  context.now = now_ms();
  context.scope = guide ? intents::Context::Scope::guide : intents::Context::Scope::conversation;
  return context;
}

json to_json(const std::string& text, const intents::Understanding& u) {
  json intents = json::array();
  for (const auto& scored : u.intents)
    intents.push_back({{"name", scored.name}, {"confidence", scored.confidence}});
  json facts = json::array();
  for (const auto& fact : u.facts) {
    json entry = {
        {"name", fact.name}, {"value", fact.value}, {"begin", fact.begin}, {"end", fact.end}};
    if (!fact.unit.empty()) entry["unit"] = fact.unit;
    facts.push_back(std::move(entry));
  }
  return {{"text", text},
          {"locale", u.locale},
          {"intent", u.intent},
          {"confidence", u.confidence},
          {"decision", u.decision == intents::Decision::answer         ? "answer"
                       : u.decision == intents::Decision::did_you_mean ? "did_you_mean"
                                                                       : "out_of_scope"},
          {"answer_count", u.answer_count},
          {"intents", intents},
          {"facts", facts}};
}

int detect(bool as_json, bool guide) {
  const auto detector = train_shipped();
  if (detector == nullptr) return kFoundWrong;
  for (std::string line; std::getline(std::cin, line);) {
    const intents::Understanding u = detector->understand(line, context_of(guide));
    if (as_json) {
      std::cout << adapters::json_text(to_json(line, u)) << "\n";
    } else {
      std::cout << u.intent << "\t" << u.confidence << "\t" << u.locale << "\t" << line << "\n";
    }
  }
  return kDone;
}

struct ExplainOptions {
  CommonOptions common;
  std::string what;
};

int explain(const ExplainOptions& options) {
  // A reply's or trace's id is looked up; anything else is a text.
  const bool id_like =
      options.what.size() == 26 &&
      options.what.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz") == std::string::npos;
  if (id_like) {
    return with_store(options.common, [&](storage::Store& store, const config::Config&) {
      std::optional<std::string> trace;
      const auto read = store.read([&](storage::Session& session) {
        trace = storage::find_trace(session, options.what);
        return base::done();
      });
      if (!read) return complain(read.error());
      if (!trace) {
        std::cerr << "handrail: there is no trace with that id.\n";
        return kFoundWrong;
      }
      std::cout << json::parse(*trace, nullptr, false).dump(2) << "\n";
      return kDone;
    });
  }
  const auto detector = train_shipped();
  if (detector == nullptr) return kFoundWrong;
  const intents::Explanation e = detector->explain(options.what, context_of(false));
  json weights = json::array();
  for (const auto& weight : e.weights)
    weights.push_back({{"words", weight.words}, {"weight", weight.weight}});
  json body = to_json(options.what, e.understanding);
  body["folded"] = e.folded;
  body["weights"] = weights;
  body["accept_at"] = e.accept_at;
  body["ask_at"] = e.ask_at;
  if (options.common.json) {
    std::cout << adapters::json_text(body) << "\n";
    return kDone;
  }
  std::cout << "folded    " << e.folded << "\nlocale    " << e.understanding.locale << " ("
            << e.understanding.locale_confidence << ")\ndecision  "
            << body["decision"].get<std::string>() << ": " << e.understanding.intent << "\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(5, e.understanding.intents.size()); ++i) {
    std::cout << "  " << e.understanding.intents[i].name << "  "
              << e.understanding.intents[i].confidence << "\n";
  }
  std::cout << "answered at " << e.accept_at << " or more, asked about at " << e.ask_at
            << " or more\nwords that weighed most\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(8, e.weights.size()); ++i) {
    std::cout << "  " << e.weights[i].words << "  " << e.weights[i].weight << "\n";
  }
  for (const auto& fact : e.understanding.facts) {
    std::cout << "fact  " << fact.name << " = " << fact.value << " " << fact.unit << " ["
              << fact.begin << ", " << fact.end << ")\n";
  }
  return kDone;
}

struct EvaluateOptions {
  std::string train, test, oos_train, oos_test, validation, oos_validation, report;
  bool json = false;
};

int evaluate(const EvaluateOptions& options) {
  locales::Problems problems;
  const auto load = [&](const std::string& file) {
    return file.empty() ? std::vector<intents::Example>{} : intents::load_tsv(file, problems);
  };
  intents::EvaluationSets sets{load(options.train),      load(options.test),
                               load(options.oos_train),  load(options.oos_test),
                               load(options.validation), load(options.oos_validation)};
  for (const auto& problem : problems) std::cerr << locales::to_text(problem) << "\n";
  if (!problems.empty() || sets.train.empty() || sets.test.empty()) return kUsedWrong;
  // Large sets take a while; standard output stays for the result.
  std::cerr << "Learning from " << sets.train.size() + sets.oos_train.size() << " rows, then asking "
            << sets.test.size() + sets.oos_test.size() << " ...\n";
  std::vector<intents::Judged> judged;
  const json result = intents::evaluate(sets, &judged);
  if (!options.report.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.report, error);
    for (const auto& [name, content] : intents::report(judged, result)) {
      std::ofstream stream(std::filesystem::path(options.report) / name);
      stream << content;
      if (stream.flush()) continue;
      std::cerr << "handrail: " << options.report << " cannot be written to.\n";
      return kFoundWrong;
    }
  }
  std::cout << (options.json ? adapters::json_text(result) : result.dump(2)) << "\n";
  return kDone;
}

}  // namespace

void add_understand_commands(CLI::App& app, Result& chosen) {
  auto as_json = std::make_shared<bool>(false);
  auto guide = std::make_shared<bool>(false);
  CLI::App* detecting = app.add_subcommand(
      "detect", "Read one message a line from standard input and print what each means.");
  detecting->add_flag("--json", *as_json, "Print one JSON object a line.");
  detecting->add_flag(
      "--in-guide", *guide,
      "As if said inside a guide: done, next, back, stuck, yes and no may be meant.");
  detecting->callback([as_json, guide, &chosen] {
    chosen = [as_json, guide] { return detect(*as_json, *guide); };
  });

  auto explaining = std::make_shared<ExplainOptions>();
  CLI::App* explainer = app.add_subcommand(
      "explain", "Show why a text is understood as it is, or the trace of a reply.");
  add_common_options(*explainer, explaining->common);
  add_json_option(*explainer, explaining->common);
  explainer->add_option("text", explaining->what, "A message, or the id of a reply or trace.")
      ->required();
  explainer->callback(
      [explaining, &chosen] { chosen = [explaining] { return explain(*explaining); }; });

  auto sets = std::make_shared<EvaluateOptions>();
  CLI::App* evaluator = app.add_subcommand(
      "evaluate", "Train on any labelled set (intent<TAB>text) and measure on another.");
  evaluator->add_option("--train", sets->train, "Training rows.")->required();
  evaluator->add_option("--test", sets->test, "Test rows.")->required();
  evaluator->add_option("--oos-train", sets->oos_train, "Out-of-scope training rows.");
  evaluator->add_option("--oos-test", sets->oos_test, "Out-of-scope test rows.");
  evaluator->add_option("--validation", sets->validation,
                        "Validation rows: with both the threshold is chosen on them.");
  evaluator->add_option("--oos-validation", sets->oos_validation, "Out-of-scope validation rows.");
  evaluator->add_option("--report", sets->report,
                        "A folder for pictures of the result and a page that shows them.");
  evaluator->add_flag("--json", sets->json, "Print one line of JSON.");
  evaluator->callback([sets, &chosen] { chosen = [sets] { return evaluate(*sets); }; });
}

}  // namespace handrail::commands
