#include "intents/model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "intents/understanding.h"

namespace handrail::intents {
namespace {

// How much of the out-of-scope class's score is taken off the others (a value between 0.3 and 0.6
// serves, see the README).
constexpr float kOutOfScopeShare = 0.4F;
constexpr double kKeepWhenAsking = 0.95;
// A fold begins where the whole model stands, so it needs few passes to settle without its
// examples.
constexpr int kPassesForThresholds = 2;
// With out-of-scope examples the threshold for answering lies low already, so asking keeps more.
constexpr double kKeepWhenAskingBesideOutOfScope = 0.98;

// From here on n-grams seen once cost memory and bring nothing.
constexpr std::size_t kManyExamples = 2000;
// How much worse than the best threshold still counts as nearly as good: a share of all examples.
constexpr double kNearlyBest = 0.002;
// A language's own thresholds are chosen on at least so many of its examples.
constexpr std::size_t kEnoughForOwnThresholds = 500;

// FNV-1a.
std::uint64_t key_of(const std::string& text) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash ^ (hash >> 31);
}

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
  return predict(extract_grams(text));
}

Prediction Model::predict(const Grams& grams) const {
  return from_scores(svm_.scores(features_.vectorize(grams)));
}

double Model::probability(float value) const {
  return 1 / (1 + std::exp(-(slope_ * value + offset_)));
}

Corpus make_corpus(const std::vector<Example>& examples) {
  Corpus corpus;
  std::vector<std::pair<std::uint64_t, const Example*>> order;
  for (const Example& example : examples) order.emplace_back(key_of(example.text), &example);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second->locale, a.first) < std::tie(b.second->locale, b.first);
  });
  corpus.grams.reserve(examples.size());
  for (const auto& [key, example] : order) {
    corpus.grams.push_back(extract_grams(locales::fold(example->text)));
    corpus.intents.push_back(example->intent);
    corpus.locales.push_back(example->locale);
    corpus.keys.push_back(key);
  }
  return corpus;
}

std::unique_ptr<Model> Model::train(const std::vector<Example>& examples,
                                    const ModelOptions& options) {
  std::vector<std::size_t> all(examples.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return train(make_corpus(examples), all, options);
}

std::unique_ptr<Model> Model::train(const Corpus& corpus, const std::vector<std::size_t>& chosen,
                                    const ModelOptions& options) {
  auto model = std::make_unique<Model>();
  std::set<std::string> names;
  for (const std::size_t i : chosen) names.insert(corpus.intents[i]);
  model->classes_.assign(names.begin(), names.end());
  model->out_of_scope_ = model->class_of(kOutOfScope);

  std::vector<const Grams*> grams;
  std::vector<int> labels;
  std::vector<std::string> locales;
  std::vector<std::uint64_t> keys;
  for (const std::size_t i : chosen) {
    grams.push_back(&corpus.grams[i]);
    labels.push_back(model->class_of(corpus.intents[i]));
    locales.push_back(corpus.locales[i]);
    keys.push_back(corpus.keys[i]);
  }
  const std::uint32_t least_documents = chosen.size() > kManyExamples ? 2 : 1;
  model->features_.learn(grams, least_documents, options.weights);
  std::vector<SparseVector> vectors;
  vectors.reserve(grams.size());
  for (const Grams* document : grams) vectors.push_back(model->features_.vectorize(*document));
  model->svm_.train(vectors, labels, keys, static_cast<int>(model->classes_.size()),
                    model->features_.size(), options.svm);
  model->calibrate(vectors, labels, locales, keys, options);
  model->svm_.settle();
  return model;
}

void Model::save(ArchiveWriter& archive) const {
  archive.value(static_cast<std::uint64_t>(classes_.size()));
  for (const std::string& name : classes_) archive.text(name);
  features_.save(archive);
  svm_.save(archive);
  archive.value(slope_);
  archive.value(offset_);
  archive.value(static_cast<std::uint64_t>(of_locale_.size()));
  for (const auto& [locale, own] : of_locale_) {
    archive.text(locale);
    archive.value(own.accept);
    archive.value(own.ask);
  }
  archive.value(thresholds_.accept);
  archive.value(thresholds_.ask);
}

void Model::load(ArchiveReader& archive) {
  classes_.clear();
  const auto classes = archive.value<std::uint64_t>();
  for (std::uint64_t k = 0; k < classes && archive.ok(); ++k) classes_.push_back(archive.text());
  out_of_scope_ = class_of(kOutOfScope);
  features_.load(archive);
  svm_.load(archive);
  slope_ = archive.value<double>();
  offset_ = archive.value<double>();
  of_locale_.clear();
  const auto locales = archive.value<std::uint64_t>();
  for (std::uint64_t k = 0; k < locales && archive.ok(); ++k) {
    Thresholds& own = of_locale_[archive.text()];
    own.accept = archive.value<float>();
    own.ask = archive.value<float>();
  }
  thresholds_.accept = archive.value<float>();
  thresholds_.ask = archive.value<float>();
  const bool fits = std::is_sorted(classes_.begin(), classes_.end()) &&
                    svm_.features() == features_.size() &&
                    static_cast<std::size_t>(svm_.classes()) == classes_.size();
  if (!fits) archive.fail();
}

struct Model::Scored {
  float value = 0;
  bool right = false;
  bool in_scope = false;
};

const Thresholds& Model::thresholds(const std::string& locale) const {
  const auto own = of_locale_.find(locale);
  return own == of_locale_.end() ? thresholds_ : own->second;
}

void Model::calibrate(const std::vector<SparseVector>& vectors, const std::vector<int>& labels,
                      const std::vector<std::string>& locales,
                      const std::vector<std::uint64_t>& keys, const ModelOptions& options) {
  std::vector<Scored> scored(vectors.size());
  // By the text, so that one example more leaves the others in their folds.
  std::vector<int> fold_of;
  for (const std::uint64_t key : keys)
    fold_of.push_back(static_cast<int>(key % static_cast<std::uint64_t>(options.folds)));
  for (int fold = 0; fold < options.folds; ++fold) {
    std::vector<bool> left_out;
    for (const int of : fold_of) left_out.push_back(of == fold);
    const LinearSvm svm = LinearSvm::without(svm_, left_out, vectors, labels, keys, options.svm,
                                             kPassesForThresholds);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (!left_out[i]) continue;
      const Prediction prediction = from_scores(svm.scores(vectors[i]));
      scored[i] = {prediction.value, prediction.best == labels[i], labels[i] != out_of_scope_};
    }
  }
  std::vector<std::pair<float, bool>> points;
  for (const Scored& one : scored) points.emplace_back(one.value, one.right && one.in_scope);
  fit_logistic(points, slope_, offset_);
  thresholds_ = choose_thresholds(scored, options);
  std::map<std::string, std::vector<Scored>> by_locale;
  for (std::size_t i = 0; i < scored.size(); ++i) by_locale[locales[i]].push_back(scored[i]);
  if (by_locale.size() < 2) return;
  for (const auto& [locale, own] : by_locale) {
    if (own.size() >= kEnoughForOwnThresholds) of_locale_[locale] = choose_thresholds(own, options);
  }
}

Thresholds Model::choose_thresholds(std::vector<Scored> scored, const ModelOptions& options) const {
  std::vector<float> right;
  for (const Scored& one : scored) {
    if (one.right && one.in_scope) right.push_back(one.value);
  }
  if (right.empty()) return {};
  std::sort(right.begin(), right.end());
  const auto quantile = [&](double keep) {
    return right[static_cast<std::size_t>((1 - keep) * static_cast<double>(right.size() - 1))];
  };
  if (out_of_scope_ < 0) return {quantile(options.keep_in_scope), quantile(kKeepWhenAsking)};
  // With out-of-scope examples: the value that makes the most decisions right, rejecting included.
  std::sort(scored.begin(), scored.end(),
            [](const Scored& a, const Scored& b) { return a.value > b.value; });
  const auto outside = static_cast<int>(
      std::count_if(scored.begin(), scored.end(), [](const Scored& one) { return !one.in_scope; }));
  const double nothing_answered = outside;
  double correct = nothing_answered;
  double best = correct;
  std::vector<double> correct_at;
  for (const Scored& one : scored) {
    const double wrong = one.in_scope ? 0 : -1;
    correct += one.in_scope && one.right ? 1 : wrong - options.wrong_answer_cost;
    correct_at.push_back(correct);
    best = std::max(best, correct);
  }
  // The best value is one of many that are nearly as good, and which one is luck: the middle of
  // them moves least with the data.
  Thresholds chosen;
  double sum = 0;
  double near = 0;
  for (std::size_t i = 0; i < scored.size(); ++i) {
    if (correct_at[i] < best - kNearlyBest * static_cast<double>(scored.size())) continue;
    sum += scored[i].value;
    ++near;
  }
  chosen.accept = near > 0 ? static_cast<float>(sum / near) : scored.front().value;
  chosen.ask = std::min(quantile(kKeepWhenAskingBesideOutOfScope), chosen.accept);
  return chosen;
}

}  // namespace handrail::intents
