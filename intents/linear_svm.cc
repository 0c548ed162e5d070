#include "intents/linear_svm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace handrail::intents {
namespace {

constexpr float kBiasFeature = 1.0F;
constexpr std::size_t kLanes = LinearSvm::kLanes;
constexpr std::size_t kWindow = 2048;
constexpr float kNoMove = 1e-12F;

using Lanes = std::array<float, kLanes>;

// Eight lanes are one AVX2 register or two of SSE: the loader takes what the processor has.
// Sanitizers start before such choices can be made.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HANDRAIL_WIDEST __attribute__((target_clones("avx2", "default")))
#else
#define HANDRAIL_WIDEST
#endif

// `row`: the first weight of the block in feature 0's row. Each lane adds up in the order of the
// features, so the result is the same whatever the processor's vectors hold.
HANDRAIL_WIDEST void add_products(const float* row, std::size_t stride, const SparseVector& vector,
                                  Lanes& sums) {
  Lanes own =
      sums;  // in registers: `sums` might be part of the weights, for all the compiler knows
  for (const Feature& feature : vector) {
    const float* weights = row + feature.index * stride;
    for (std::size_t k = 0; k < kLanes; ++k) own[k] += weights[k] * feature.value;
  }
  sums = own;
}

HANDRAIL_WIDEST void add_steps(float* row, std::size_t stride, const SparseVector& vector,
                               const Lanes& steps) {
  const Lanes own = steps;
  for (const Feature& feature : vector) {
    float* weights = row + feature.index * stride;
    for (std::size_t k = 0; k < kLanes; ++k) weights[k] += own[k] * feature.value;
  }
}

// Another order in each pass, by the examples' own keys: one example more or less leaves the others
// in theirs. Mixed within windows only: examples that lie near each other share features, whose
// weights then stay in the processor's cache.
std::vector<std::uint32_t> mixed(const std::vector<std::uint32_t>& visited,
                                 const std::vector<std::uint64_t>& keys, std::uint64_t pass) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  order.reserve(visited.size());
  for (const std::uint32_t i : visited) {
    std::uint64_t hash = (keys[i] + pass + 1) * kMultiplier;
    hash ^= hash >> 32;
    order.emplace_back(hash * kMultiplier, i);
  }
  for (std::size_t begin = 0; begin < order.size(); begin += kWindow) {
    const std::size_t end = std::min(begin + kWindow, order.size());
    std::sort(order.begin() + static_cast<std::ptrdiff_t>(begin),
              order.begin() + static_cast<std::ptrdiff_t>(end));
  }
  std::vector<std::uint32_t> result;
  result.reserve(order.size());
  for (const auto& [hash, i] : order) result.push_back(i);
  return result;
}

}  // namespace

void LinearSvm::descend(const std::vector<std::uint32_t>& visited,
                        const std::vector<SparseVector>& examples, const std::vector<int>& labels,
                        const std::vector<std::uint64_t>& keys, const SvmOptions& options,
                        int passes) {
  const std::size_t blocks = stride_ / kLanes;
  std::vector<float> squares(examples.size());
  std::vector<std::size_t> of_class(static_cast<std::size_t>(classes_));
  for (const std::uint32_t i : visited) {
    squares[i] = kBiasFeature * kBiasFeature;
    for (const Feature& feature : examples[i]) squares[i] += feature.value * feature.value;
    ++of_class[static_cast<std::size_t>(labels[i])];
  }
  const auto diagonal_negative = static_cast<float>(0.5 / options.c);
  std::vector<float> diagonal_positive(stride_, diagonal_negative);
  for (std::size_t k = 0; k < of_class.size(); ++k) {
    const double c = options.c * static_cast<double>(visited.size()) /
                     (static_cast<double>(classes_) *
                      static_cast<double>(std::max<std::size_t>(of_class[k], 1)));
    diagonal_positive[k] = static_cast<float>(0.5 / c);
  }
  // Where an example is far on the right side of all machines of a block, it is visited there no
  // more (shrinking, section 3.2).
  std::vector<std::uint8_t> active(examples.size() * blocks, 1);
  std::vector<float> largest_before(blocks, 1e30F);
  std::vector<bool> is_done(blocks, false);
  for (int pass = 0; pass < passes; ++pass) {
    std::vector<float> largest(blocks, 0.0F);
    const std::vector<std::uint32_t> order = mixed(visited, keys, static_cast<std::uint64_t>(pass));
    for (const std::uint32_t i : order) {
      const SparseVector& example = examples[i];
      for (std::size_t b = 0; b < blocks; ++b) {
        if (active[i * blocks + b] == 0 || is_done[b]) continue;
        Lanes dots;
        for (std::size_t k = 0; k < kLanes; ++k) dots[k] = bias_[b * kLanes + k] * kBiasFeature;
        add_products(weights_.data() + b * kLanes, stride_, example, dots);
        Lanes steps{};
        bool moves = false;
        bool is_far = true;
        for (std::size_t k = 0; k < kLanes; ++k) {
          const std::size_t machine = b * kLanes + k;
          if (machine >= of_class.size() || of_class[machine] == 0) continue;  // no such class here
          const bool positive = static_cast<std::size_t>(labels[i]) == machine;
          const float y = positive ? 1.0F : -1.0F;
          const float diagonal = positive ? diagonal_positive[machine] : diagonal_negative;
          float& alpha = dual_[i * stride_ + machine];
          const float gradient = y * dots[k] - 1.0F + diagonal * alpha;
          is_far = is_far && alpha == 0 && gradient > largest_before[b];
          const float projected = alpha == 0 ? std::min(gradient, 0.0F) : gradient;
          largest[b] = std::max(largest[b], std::abs(projected));
          if (std::abs(projected) < kNoMove) continue;
          const float before = alpha;
          alpha = std::max(before - gradient / (squares[i] + diagonal), 0.0F);
          steps[k] = (alpha - before) * y;
          moves = true;
        }
        if (is_far) active[i * blocks + b] = 0;
        if (!moves) continue;
        add_steps(weights_.data() + b * kLanes, stride_, example, steps);
        for (std::size_t k = 0; k < kLanes; ++k) bias_[b * kLanes + k] += steps[k] * kBiasFeature;
      }
    }
    for (std::size_t b = 0; b < blocks; ++b) {
      is_done[b] = is_done[b] || largest[b] < static_cast<float>(options.tolerance);
      largest_before[b] = largest[b];
    }
    if (std::all_of(is_done.begin(), is_done.end(), [](bool done) { return done; })) break;
  }
}

void LinearSvm::train(const std::vector<SparseVector>& examples, const std::vector<int>& labels,
                      const std::vector<std::uint64_t>& keys, int classes, std::size_t features,
                      const SvmOptions& options) {
  classes_ = classes;
  stride_ = (static_cast<std::size_t>(classes) + kLanes - 1) / kLanes * kLanes;
  weights_.assign(features * stride_, 0.0F);
  bias_.assign(stride_, 0.0F);
  dual_.assign(examples.size() * stride_, 0.0F);
  std::vector<std::uint32_t> all(examples.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  descend(all, examples, labels, keys, options, options.passes_max);
}

LinearSvm LinearSvm::without(const LinearSvm& whole, const std::vector<bool>& left_out,
                             const std::vector<SparseVector>& examples,
                             const std::vector<int>& labels, const std::vector<std::uint64_t>& keys,
                             const SvmOptions& options, int passes) {
  LinearSvm part = whole;
  std::vector<std::uint32_t> kept;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (!left_out[i]) {
      kept.push_back(static_cast<std::uint32_t>(i));
      continue;
    }
    // The weights are the sum of alpha * y * x over the examples: take this one's part away.
    for (std::size_t b = 0; b < part.stride_ / kLanes; ++b) {
      Lanes steps{};
      for (std::size_t k = 0; k < kLanes; ++k) {
        const std::size_t machine = b * kLanes + k;
        const float y = static_cast<std::size_t>(labels[i]) == machine ? 1.0F : -1.0F;
        float& alpha = part.dual_[i * part.stride_ + machine];
        steps[k] = -alpha * y;
        alpha = 0;
        part.bias_[machine] += steps[k] * kBiasFeature;
      }
      add_steps(part.weights_.data() + b * kLanes, part.stride_, examples[i], steps);
    }
  }
  part.descend(kept, examples, labels, keys, options, passes);
  return part;
}

void LinearSvm::save(ArchiveWriter& archive) const {
  archive.value(classes_);
  archive.list(weights_);
  archive.list(bias_);
}

void LinearSvm::load(ArchiveReader& archive) {
  classes_ = archive.value<int>();
  weights_ = archive.list<float>();
  bias_ = archive.list<float>();
  stride_ = bias_.size();
  const bool fits = classes_ >= 0 && static_cast<std::size_t>(classes_) <= stride_ &&
                    stride_ % kLanes == 0 &&
                    (stride_ == 0 ? weights_.empty() : weights_.size() % stride_ == 0);
  if (!fits) archive.fail();
}

std::vector<float> LinearSvm::scores(const SparseVector& vector) const {
  std::vector<float> result(bias_);
  for (const Feature& feature : vector) {
    const float* row = weights_.data() + feature.index * stride_;
    for (std::size_t k = 0; k < stride_; ++k) result[k] += feature.value * row[k];
  }
  result.resize(static_cast<std::size_t>(classes_));
  return result;
}

}  // namespace handrail::intents
