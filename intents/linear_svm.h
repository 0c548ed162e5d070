// One-vs-rest linear support vector machines with squared hinge loss and L2 regularisation, by dual
// coordinate descent: Hsieh, Chang, Lin, Keerthi, Sundararajan, "A dual coordinate descent method
// for large-scale linear SVM", ICML 2008. The machines of eight classes are trained side by side:
// they see the same example, so each of its features is fetched once for all of them.
//
// Training is deterministic: each example comes with a key, and the order of visits follows from
// the keys, so that one example more or less changes little. Scores are decision values, not
// probabilities.
#pragma once

#include <cstdint>
#include <vector>

#include "intents/features.h"

namespace handrail::intents {

struct SvmOptions {
  double c = 3.0;  // the weight of errors; positives of a class count N / (K n_class) times as much
  int passes_max = 10;
  double tolerance = 0.1;
};

// A solution of the dual problem, from which training of a similar one can start: alpha[i] of
// example i in machine k at [i * stride + k].
using Dual = std::vector<float>;

class LinearSvm {
 public:
  // Classes side by side in one step, and the room they take in a row of weights.
  static constexpr std::size_t kLanes = 8;

  void train(const std::vector<SparseVector>& examples, const std::vector<int>& labels,
             const std::vector<std::uint64_t>& keys, int classes, std::size_t features,
             const SvmOptions& options);
  // A copy of `whole`, trained on the same examples, that forgets those with `left_out[i]` and
  // settles anew on the others within `passes`.
  static LinearSvm without(const LinearSvm& whole, const std::vector<bool>& left_out,
                           const std::vector<SparseVector>& examples,
                           const std::vector<int>& labels, const std::vector<std::uint64_t>& keys,
                           const SvmOptions& options, int passes);
  // Frees what only further training needs.
  void settle() { dual_ = Dual(); }

  // One decision value per class.
  std::vector<float> scores(const SparseVector& vector) const;
  float weight(std::uint32_t feature, int of_class) const {
    return weights_[feature * stride_ + static_cast<std::size_t>(of_class)];
  }
  int classes() const { return classes_; }
  std::size_t features() const { return stride_ == 0 ? 0 : weights_.size() / stride_; }

  void save(ArchiveWriter& archive) const;
  void load(ArchiveReader& archive);

 private:
  void descend(const std::vector<std::uint32_t>& visited, const std::vector<SparseVector>& examples,
               const std::vector<int>& labels, const std::vector<std::uint64_t>& keys,
               const SvmOptions& options, int passes);

  int classes_ = 0;
  std::size_t stride_ = 0;      // classes, rounded up to whole blocks of kLanes
  std::vector<float> weights_;  // [feature][stride]: one message touches few features, all classes
  std::vector<float> bias_;
  Dual dual_;
};

}  // namespace handrail::intents
