#include "intents/model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "intents/understanding.h"

namespace handrail::intents {
namespace {

// How much of the out-of-scope class's score is taken off the others (a value between 0.3 and 0.6
// serves, see the README).
constexpr float kOutOfScopeShare = 0.4F;
constexpr double kKeepWhenAsking = 0.95;
constexpr int kPassesForThresholds = 6;
// With out-of-scope examples the threshold for answering lies low already, so asking keeps more.
constexpr double kKeepWhenAskingBesideOutOfScope = 0.98;

// Logistic regression in one variable by Newton's method: P(right | value) = 1 / (1 + exp(-(slope *
// value + offset))).
void fit_logistic(const std::vector<std::pair<float, bool>>& points, double& slope,
                  double& offset) {
  slope = 1;
  offset = 0;
  for (int round = 0; round < 50; ++round) {
    double g0 = 0, g1 = 0, h00 = 1e-6, h01 = 0, h11 = 1e-6;
    for (const auto& [value, right] : points) {
      const double p = 1 / (1 + std::exp(-(slope * value + offset)));
      const double difference = p - (right ? 1 : 0);
      const double weight = p * (1 - p);
      g0 += difference * value;
      g1 += difference;
      h00 += weight * value * value;
      h01 += weight * value;
      h11 += weight;
    }
    const double determinant = h00 * h11 - h01 * h01;
    if (std::abs(determinant) < 1e-12) return;
    const double step0 = (h11 * g0 - h01 * g1) / determinant;
    const double step1 = (h00 * g1 - h01 * g0) / determinant;
    slope -= step0;
    offset -= step1;
    if (std::abs(step0) + std::abs(step1) < 1e-9) return;
  }
}

}  // namespace

int Model::class_of(const std::string& name) const {
  const auto found = std::lower_bound(classes_.begin(), classes_.end(), name);
  return found != classes_.end() && *found == name ? static_cast<int>(found - classes_.begin())
                                                   : -1;
}

Prediction Model::from_scores(std::vector<float> scores) const {
  Prediction prediction;
  const float off = out_of_scope_ >= 0
                        ? kOutOfScopeShare *
                              std::max(0.0F, 1.0F + scores[static_cast<std::size_t>(out_of_scope_)])
                        : 0.0F;
  for (std::size_t k = 0; k < scores.size(); ++k) {
    if (static_cast<int>(k) == out_of_scope_) continue;
    scores[k] -= off;
    if (prediction.best < 0 || scores[k] > prediction.value) {
      prediction.best = static_cast<int>(k);
      prediction.value = scores[k];
    }
  }
  prediction.values = std::move(scores);
  return prediction;
}

Prediction Model::predict(const locales::FoldedText& text) const {
  return from_scores(svm_.scores(features_.vectorize(extract_grams(text))));
}

double Model::probability(float value) const {
  return 1 / (1 + std::exp(-(slope_ * value + offset_)));
}

std::unique_ptr<Model> Model::train(const std::vector<Example>& examples,
                                    const ModelOptions& options) {
  auto model = std::make_unique<Model>();
  std::set<std::string> names;
  for (const Example& example : examples) names.insert(example.intent);
  model->classes_.assign(names.begin(), names.end());
  model->out_of_scope_ = model->class_of(kOutOfScope);

  std::vector<Grams> grams;
  std::vector<int> labels;
  grams.reserve(examples.size());
  for (const Example& example : examples) {
    grams.push_back(extract_grams(locales::fold(example.text)));
    labels.push_back(model->class_of(example.intent));
  }
  model->features_.learn(grams, options.least_documents, options.weights);
  std::vector<SparseVector> vectors;
  vectors.reserve(grams.size());
  for (const Grams& document : grams) vectors.push_back(model->features_.vectorize(document));
  model->calibrate(examples, vectors, labels, options);
  model->svm_.train(vectors, labels, static_cast<int>(model->classes_.size()),
                    model->features_.size(), options.svm);
  return model;
}

void Model::calibrate(const std::vector<Example>& examples,
                      const std::vector<SparseVector>& vectors, const std::vector<int>& labels,
                      const ModelOptions& options) {
  struct Scored {
    float value;
    bool right;
    bool in_scope;
  };
  std::vector<Scored> scored;
  // The folds only place the thresholds: a rougher solution moves them by less than the phrases' own luck.
  SvmOptions rough = options.svm;
  rough.passes_max = std::min(rough.passes_max, kPassesForThresholds);
  // The n-th example of a class goes to fold n mod folds: every fold has every class.
  std::map<int, int> seen;
  std::vector<int> fold_of;
  for (const int label : labels) fold_of.push_back(seen[label]++ % options.folds);
  for (int fold = 0; fold < options.folds; ++fold) {
    std::vector<SparseVector> part;
    std::vector<int> part_labels;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (fold_of[i] == fold) continue;
      part.push_back(vectors[i]);
      part_labels.push_back(labels[i]);
    }
    LinearSvm svm;
    svm.train(part, part_labels, static_cast<int>(classes_.size()), features_.size(), rough);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (fold_of[i] != fold) continue;
      const Prediction prediction = from_scores(svm.scores(vectors[i]));
      scored.push_back(
          {prediction.value, prediction.best == labels[i], labels[i] != out_of_scope_});
    }
  }
  (void)examples;
  std::vector<std::pair<float, bool>> points;
  std::vector<float> right;
  for (const Scored& one : scored) {
    points.emplace_back(one.value, one.right && one.in_scope);
    if (one.right && one.in_scope) right.push_back(one.value);
  }
  if (right.empty()) return;
  fit_logistic(points, slope_, offset_);
  std::sort(right.begin(), right.end());
  const auto quantile = [&](double keep) {
    return right[static_cast<std::size_t>((1 - keep) * static_cast<double>(right.size() - 1))];
  };
  ask_at_ = quantile(kKeepWhenAsking);
  accept_at_ = quantile(options.keep_in_scope);
  if (out_of_scope_ < 0) return;
  // With out-of-scope examples: the value that makes the most decisions right, rejecting included.
  std::sort(scored.begin(), scored.end(),
            [](const Scored& a, const Scored& b) { return a.value > b.value; });
  const auto outside = static_cast<int>(
      std::count_if(scored.begin(), scored.end(), [](const Scored& one) { return !one.in_scope; }));
  int correct = outside;  // rejecting everything
  int best = correct;
  float best_at = scored.front().value;
  for (std::size_t i = 0; i < scored.size(); ++i) {
    correct += scored[i].in_scope ? (scored[i].right ? 1 : 0) : -1;
    if (correct > best) {
      best = correct;
      best_at = scored[i].value;
    }
  }
  accept_at_ = best_at;
  ask_at_ = std::min(quantile(kKeepWhenAskingBesideOutOfScope), accept_at_);
}

}  // namespace handrail::intents
