// A calibrated text classifier: features, linear SVMs, and the map from decision value to
// probability. Knows nothing of guides, languages or facts; the detector and `handrail evaluate`
// are built on it.
//
// Immutable after training; safe from any thread. Training is deterministic.
#pragma once

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
  double keep_in_scope = 0.90;  // without out-of-scope data: the share of right in-scope decisions
                                // that the threshold keeps
  std::uint32_t least_documents = 1;
};

struct Prediction {
  std::vector<float> values;  // per class: decision value, the out-of-scope class's share taken off
  int best = -1;              // best class that is not out of scope
  float value = 0;            // of the best
};

class Model {
 public:
  static std::unique_ptr<Model> train(const std::vector<Example>& examples,
                                      const ModelOptions& options);

  const std::vector<std::string>& classes() const { return classes_; }
  int class_of(const std::string& name) const;  // -1: none
  int out_of_scope() const { return out_of_scope_; }
  Prediction predict(const locales::FoldedText& text) const;
  double probability(float value) const;
  // Decision values: at or above `accept` answer; at or above `ask` ask "did you mean"; below: out
  // of scope.
  float accept_at() const { return accept_at_; }
  float ask_at() const { return ask_at_; }
  void set_accept_at(float value) { accept_at_ = value; }

  const FeatureSpace& features() const { return features_; }
  const LinearSvm& svm() const { return svm_; }

 private:
  void calibrate(const std::vector<Example>& examples, const std::vector<SparseVector>& vectors,
                 const std::vector<int>& labels, const ModelOptions& options);
  Prediction from_scores(std::vector<float> scores) const;

  std::vector<std::string> classes_;
  int out_of_scope_ = -1;
  FeatureSpace features_;
  LinearSvm svm_;
  double slope_ = 1, offset_ = 0;
  float accept_at_ = 0, ask_at_ = 0;
};

}  // namespace handrail::intents
