// The measures of `handrail evaluate` on sets small enough to know the answer beforehand.
#include "intents/evaluate.h"

#include <gtest/gtest.h>

#include "intents/understanding.h"

namespace handrail::intents {
namespace {

Example example(const char* intent, const std::string& text) {
  Example one;
  one.intent = intent;
  one.text = text;
  return one;
}

EvaluationSets fruit_and_tools() {
  EvaluationSets sets;
  for (const char* verb : {"eat", "peel", "buy", "wash", "cut", "taste"}) {
    sets.train.push_back(example("fruit", std::string(verb) + " the apple"));
    sets.train.push_back(example("fruit", std::string(verb) + " a ripe pear"));
    sets.train.push_back(example("tools", std::string(verb) + " the hammer"));
    sets.train.push_back(example("tools", std::string(verb) + " a steel wrench"));
  }
  return sets;
}

TEST(Evaluate, GivesFullMarksWhereTheWordsTellAll) {
  EvaluationSets sets = fruit_and_tools();
  sets.test = {example("fruit", "sell the apple"), example("tools", "sell the hammer")};
  sets.oos_test = {example("any", "zzz qqq xxx")};
  const auto result = evaluate(sets);
  EXPECT_DOUBLE_EQ(result["accuracy_no_threshold"].get<double>(), 1.0);
  EXPECT_DOUBLE_EQ(result["auroc"].get<double>(), 1.0);
  EXPECT_DOUBLE_EQ(result["oos_recall"].get<double>(), 1.0);
  EXPECT_EQ(result["rows"], 3);
}

TEST(Evaluate, DrawsWhatItFound) {
  EvaluationSets sets = fruit_and_tools();
  sets.test = {example("tools", "eat the apple"), example("fruit", "eat the apple")};
  std::vector<Judged> judged;
  const auto figures = evaluate(sets, &judged);
  ASSERT_EQ(judged.size(), 2U);
  EXPECT_EQ(judged[0].best, "fruit");
  judged.push_back({"<b>&", kOutOfScope, "fruit", 1.0});  // at the end of the scale, with a name that is not for a page as it is
  const auto pictures = report(judged, figures);
  for (const char* name : {"reliability.svg", "confusion.svg", "confidence.svg", "index.html"}) {
    ASSERT_EQ(pictures.count(name), 1U) << name;
    EXPECT_EQ(pictures.at(name).find("<b>"), std::string::npos) << name;
  }
  EXPECT_NE(pictures.at("confusion.svg").find("&lt;b&gt;&amp;"), std::string::npos);
  EXPECT_NE(pictures.at("index.html").find("macro_f1"), std::string::npos);
  EXPECT_NE(report({}, figures).at("reliability.svg").find("</svg>"), std::string::npos) << "no rows, no bars";
}

TEST(Evaluate, CountsAWrongLabelAndNamesTheConfusion) {
  EvaluationSets sets = fruit_and_tools();
  sets.test = {example("tools", "eat the apple"), example("fruit", "eat the apple")};
  const auto result = evaluate(sets);
  EXPECT_DOUBLE_EQ(result["accuracy_no_threshold"].get<double>(), 0.5);
  ASSERT_EQ(result["worst_confusions"].size(), 1U);
  EXPECT_EQ(result["worst_confusions"][0]["expected"], "tools");
  EXPECT_EQ(result["worst_confusions"][0]["decided"], "fruit");
}

TEST(Evaluate, GivesTheSameFiguresOnEveryRun) {
  EvaluationSets sets = fruit_and_tools();
  sets.test = {example("fruit", "slice an apple"), example("tools", "grease the wrench")};
  auto first = evaluate(sets);
  auto second = evaluate(sets);
  for (auto* result : {&first, &second}) {
    result->erase("train_seconds");  // the only two that a clock decides
    result->erase("microseconds_per_message");
  }
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace handrail::intents
