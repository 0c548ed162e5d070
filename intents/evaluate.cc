#include "intents/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "intents/model.h"
#include "intents/understanding.h"

namespace handrail::intents {
namespace {

using nlohmann::json;

constexpr std::size_t kWorstConfusions = 10;
constexpr int kCalibrationBins = 10;

struct Row {
  std::string expected;  // "out_of_scope" for rows outside
  std::string best;      // without threshold
  float value = 0;
  double probability = 0;
};

std::vector<Row> predict_all(const Model& model, const std::vector<Example>& inside,
                             const std::vector<Example>& outside) {
  std::vector<Row> rows;
  const auto add = [&](const Example& example, const std::string& expected) {
    const Prediction prediction = model.predict(locales::fold(example.text));
    rows.push_back({expected,
                    prediction.best < 0
                        ? kOutOfScope
                        : model.classes()[static_cast<std::size_t>(prediction.best)],
                    prediction.value, model.probability(prediction.value)});
  };
  for (const Example& example : inside) add(example, example.intent);
  for (const Example& example : outside) add(example, kOutOfScope);
  return rows;
}

// The value with the most right decisions on validation rows, rejecting included.
float best_threshold(std::vector<Row> rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.value > b.value; });
  long right = std::count_if(rows.begin(), rows.end(),
                             [](const Row& row) { return row.expected == kOutOfScope; });
  long most = right;
  float at = rows.empty() ? 0 : rows.front().value + 1;
  for (const Row& row : rows) {
    right += row.expected == kOutOfScope ? -1 : row.expected == row.best ? 1 : 0;
    if (right > most) {
      most = right;
      at = row.value;
    }
  }
  return at;
}

// The probability that a right in-scope row has a higher value than an out-of-scope one (rank
// statistic).
double auroc(const std::vector<Row>& rows) {
  std::vector<std::pair<float, bool>> values;
  for (const Row& row : rows) values.emplace_back(row.value, row.expected != kOutOfScope);
  std::sort(values.begin(), values.end());
  double rank_sum = 0, inside = 0, outside = 0;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end < values.size() && values[end].first == values[i].first) ++end;
    const double rank = (static_cast<double>(i) + static_cast<double>(end) + 1) / 2;
    for (; i < end; ++i) {
      if (values[i].second) {
        rank_sum += rank;
        ++inside;
      } else {
        ++outside;
      }
    }
  }
  return inside == 0 || outside == 0 ? 0
                                     : (rank_sum - inside * (inside + 1) / 2) / (inside * outside);
}

// Multi-class Matthews correlation (Gorodkin 2004) over all rows, out of scope being a class.
double mcc(const std::map<std::pair<std::string, std::string>, double>& confusion) {
  std::map<std::string, double> expected, predicted;
  double total = 0, right = 0;
  for (const auto& [pair, count] : confusion) {
    expected[pair.first] += count;
    predicted[pair.second] += count;
    total += count;
    if (pair.first == pair.second) right += count;
  }
  double both = 0, e2 = 0, p2 = 0;
  for (const auto& [name, count] : expected) {
    both += count * predicted[name];
    e2 += count * count;
  }
  for (const auto& [name, count] : predicted) p2 += count * count;
  const double denominator = std::sqrt((total * total - p2) * (total * total - e2));
  return denominator == 0 ? 0 : (right * total - both) / denominator;
}

double macro_f1(const std::map<std::pair<std::string, std::string>, double>& confusion) {
  std::map<std::string, double> expected, predicted, right;
  for (const auto& [pair, count] : confusion) {
    expected[pair.first] += count;
    predicted[pair.second] += count;
    if (pair.first == pair.second) right[pair.first] += count;
  }
  double sum = 0;
  for (const auto& [name, count] : expected) {
    const double both = count + predicted[name];
    sum += both == 0 ? 0 : 2 * right[name] / both;
  }
  return expected.empty() ? 0 : sum / static_cast<double>(expected.size());
}

double calibration_error(const std::vector<Row>& rows) {
  std::vector<double> count(kCalibrationBins), right(kCalibrationBins), sum(kCalibrationBins);
  for (const Row& row : rows) {
    const auto bin = static_cast<std::size_t>(
        std::min(kCalibrationBins - 1, static_cast<int>(row.probability * kCalibrationBins)));
    count[bin] += 1;
    right[bin] += row.expected == row.best ? 1 : 0;
    sum[bin] += row.probability;
  }
  double error = 0;
  for (std::size_t bin = 0; bin < count.size(); ++bin) {
    if (count[bin] > 0) error += std::abs(right[bin] - sum[bin]);
  }
  return rows.empty() ? 0 : error / static_cast<double>(rows.size());
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

json evaluate(const EvaluationSets& sets, std::vector<Judged>* judged) {
  std::vector<Example> train = sets.train;
  for (Example example : sets.oos_train) {
    example.intent = kOutOfScope;
    train.push_back(std::move(example));
  }
  ModelOptions options;
  const auto started = std::chrono::steady_clock::now();
  const auto model = Model::train(train, options);
  const double train_seconds = seconds_since(started);

  float threshold = model->thresholds().accept;
  if (!sets.validation.empty() && !sets.oos_validation.empty()) {
    threshold = best_threshold(predict_all(*model, sets.validation, sets.oos_validation));
  }
  const auto testing = std::chrono::steady_clock::now();
  const std::vector<Row> rows = predict_all(*model, sets.test, sets.oos_test);
  const double test_seconds = seconds_since(testing);

  double inside = 0, right = 0, right_without = 0, outside = 0, rejected_outside = 0, rejected = 0;
  std::map<std::pair<std::string, std::string>, double> confusion;
  for (const Row& row : rows) {
    const bool reject = row.value < threshold;
    const std::string decided = reject ? kOutOfScope : row.best;
    confusion[{row.expected, decided}] += 1;
    if (judged != nullptr) judged->push_back({row.expected, decided, row.best, row.probability});
    rejected += reject ? 1 : 0;
    if (row.expected == kOutOfScope) {
      outside += 1;
      rejected_outside += reject ? 1 : 0;
    } else {
      inside += 1;
      right += decided == row.expected ? 1 : 0;
      right_without += row.best == row.expected ? 1 : 0;
    }
  }
  std::vector<std::pair<double, std::pair<std::string, std::string>>> worst;
  for (const auto& [pair, count] : confusion) {
    if (pair.first != pair.second) worst.emplace_back(count, pair);
  }
  std::sort(worst.rbegin(), worst.rend());
  json confusions = json::array();
  for (std::size_t i = 0; i < std::min(worst.size(), kWorstConfusions); ++i) {
    confusions.push_back({{"expected", worst[i].second.first},
                          {"decided", worst[i].second.second},
                          {"count", worst[i].first}});
  }
  const auto share = [](double part, double whole) { return whole == 0 ? 0.0 : part / whole; };
  return {{"accuracy_in_scope", share(right, inside)},
          {"accuracy_no_threshold", share(right_without, inside)},
          {"oos_recall", share(rejected_outside, outside)},
          {"oos_precision", share(rejected_outside, rejected)},
          {"auroc", auroc(rows)},
          {"mcc", mcc(confusion)},
          {"macro_f1", macro_f1(confusion)},
          {"calibration_error", calibration_error(rows)},
          {"worst_confusions", confusions},
          {"train_seconds", train_seconds},
          {"microseconds_per_message",
           rows.empty() ? 0 : test_seconds * 1e6 / static_cast<double>(rows.size())},
          {"examples", train.size()},
          {"intents", model->classes().size()},
          {"rows", rows.size()}};
}

}  // namespace handrail::intents
