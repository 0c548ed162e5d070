// A calibrated text classifier: features, linear SVMs, and the map from decision value to
// probability. Knows nothing of guides, languages or facts; the detector and `handrail evaluate`
// are built on it.
//
// Immutable after training; safe from any thread. Training is deterministic.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "intents/features.h"
#include "intents/linear_svm.h"
#include "intents/phrase_files.h"

namespace handrail::intents {

struct ModelOptions {
  std::array<float, kBlocks> weights{1.0F, 1.0F, 0.5F, 0.5F};
  SvmOptions svm;
  int folds = 3;  // for calibration and thresholds; every example is scored once by a model that
                  // has not seen it
  // What an answer to another question costs, in right answers, where the threshold is chosen
  // beside out-of-scope examples. 0: as many right decisions as possible.
  double wrong_answer_cost = 0;
  double keep_in_scope = 0.90;  // without out-of-scope data: the share of right in-scope decisions
                                // that the threshold keeps
};

struct Prediction {
  std::vector<float> values;  // per class: decision value, the out-of-scope class's share taken off
  int best = -1;              // best class that is not out of scope
  float value = 0;            // of the best
};

// Decision values: at or above `accept` answer; at or above `ask` ask "did you mean"; below: out of
// scope.
struct Thresholds {
  float accept = 0;
  float ask = 0;
};

// Examples ready to learn from, language by language, within each by a hash of the text: well
// mixed, and one example more leaves the others where they are. Several models may share them.
struct Corpus {
  std::vector<Grams> grams;
  std::vector<std::string> intents;
  std::vector<std::string> locales;
  std::vector<std::uint64_t> keys;
};
Corpus make_corpus(const std::vector<Example>& examples);

class Model {
 public:
  static std::unique_ptr<Model> train(const std::vector<Example>& examples,
                                      const ModelOptions& options);
  // On the examples of the corpus that are named.
  static std::unique_ptr<Model> train(const Corpus& corpus, const std::vector<std::size_t>& chosen,
                                      const ModelOptions& options);

  const std::vector<std::string>& classes() const { return classes_; }
  int class_of(const std::string& name) const;  // -1: none
  int out_of_scope() const { return out_of_scope_; }
  Prediction predict(const locales::FoldedText& text) const;
  Prediction predict(const Grams& grams) const;
  double probability(float value) const;
  // Chosen on the examples of a language where there are enough of them, otherwise on all.
  const Thresholds& thresholds(const std::string& locale = "") const;

  void save(ArchiveWriter& archive) const;
  // A damaged archive has failed afterwards, and the model is of no use.
  void load(ArchiveReader& archive);

  const FeatureSpace& features() const { return features_; }
  const LinearSvm& svm() const { return svm_; }

 private:
  struct Scored;
  void calibrate(const std::vector<SparseVector>& vectors, const std::vector<int>& labels,
                 const std::vector<std::string>& locales, const std::vector<std::uint64_t>& keys,
                 const ModelOptions& options);
  Thresholds choose_thresholds(std::vector<Scored> scored, const ModelOptions& options) const;
  Prediction from_scores(std::vector<float> scores) const;

  std::vector<std::string> classes_;
  int out_of_scope_ = -1;
  FeatureSpace features_;
  LinearSvm svm_;
  double slope_ = 1, offset_ = 0;
  Thresholds thresholds_;
  std::map<std::string, Thresholds> of_locale_;
};

}  // namespace handrail::intents
