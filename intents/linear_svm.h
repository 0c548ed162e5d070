// One-vs-rest linear support vector machines with squared hinge loss and L2 regularisation, by dual
// coordinate descent: Hsieh, Chang, Lin, Keerthi, Sundararajan, "A dual coordinate descent method
// for large-scale linear SVM", ICML 2008.
//
// Training is deterministic: fixed order seed, no threads. Scores are decision values, not
// probabilities.
#pragma once

#include <cstdint>
#include <vector>

#include "intents/features.h"

namespace handrail::intents {

struct SvmOptions {
  double c = 3.0;  // the weight of errors; positives of a class count N / (K n_class) times as much
  int passes_max = 20;
  double tolerance = 0.1;
};

class LinearSvm {
 public:
  void train(const std::vector<SparseVector>& examples, const std::vector<int>& labels, int classes,
             std::size_t features, const SvmOptions& options);
  // One decision value per class.
  std::vector<float> scores(const SparseVector& vector) const;
  float weight(std::uint32_t feature, int of_class) const {
    return weights_[feature * static_cast<std::size_t>(classes_) +
                    static_cast<std::size_t>(of_class)];
  }
  int classes() const { return classes_; }

 private:
  int classes_ = 0;
  std::vector<float>
      weights_;  // [feature][class]: one message touches few features and all classes
  std::vector<float> bias_;
};

}  // namespace handrail::intents
