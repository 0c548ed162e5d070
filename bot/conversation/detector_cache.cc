#include "bot/conversation/detector_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "bot/base/log.h"
#include "bot/base/secret.h"

namespace handrail::conversation {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "detector.cache";
constexpr std::string_view kMagic = "handrail detector 1\n";
constexpr std::size_t kHashCharacters = 64;  // BLAKE2b-256 as hex

// A file's bytes where the system keeps them: what was learned is tens of megabytes, and copies of it are most of a start.
// A file that cannot be read has no bytes. Files here are replaced, never written to, so that nothing changes below us.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    struct stat status{};
    if (::fstat(descriptor, &status) == 0 && status.st_size > 0) {
      const auto size = static_cast<std::size_t>(status.st_size);
      void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
      if (start != MAP_FAILED) bytes_ = {static_cast<const char*>(start), size};
    }
    ::close(descriptor);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }

  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

// A program that learns differently is another program, so its own bytes are part of the key.
const std::string& hash_of_program() {
  static const std::string hash = base::hash_token(MappedFile("/proc/self/exe").bytes());
  return hash;
}

std::string key_of(const intents::Dataset& data) {
  std::string all = hash_of_program();
  const auto add = [&](const std::string& text) { all += std::to_string(text.size()) + ":" + text; };
  for (const intents::Example& example : data.examples) {
    for (const std::string* text : {&example.intent, &example.locale, &example.text}) add(*text);
  }
  return base::hash_token(all);
}

std::unique_ptr<intents::Detector> recall(const fs::path& file, const std::string& key, const intents::Dataset& data) {
  const MappedFile mapped(file);
  const std::string_view bytes = mapped.bytes();
  const std::size_t head = kMagic.size() + 2 * kHashCharacters;
  if (bytes.size() <= head || bytes.compare(0, kMagic.size(), kMagic) != 0) return nullptr;
  if (bytes.compare(kMagic.size(), kHashCharacters, key) != 0) return nullptr;
  const std::string_view payload = bytes.substr(head);
  if (bytes.compare(kMagic.size() + kHashCharacters, kHashCharacters, base::hash_token(payload)) != 0) return nullptr;
  return intents::Detector::load(payload, data);
}

// Where the build leaves what the program has learned from the shipped data, so that the first start is as quick as the next.
fs::path built_in_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path() / "cache" / "handrail";
}

// Written beside and moved into place: another process reads the old one or the new one, never half of one.
void keep(const fs::path& file, const std::string& key, const std::string& payload) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const fs::path beside = file.string() + "." + std::to_string(getpid());
  std::ofstream stream(beside, std::ios::binary);
  stream << kMagic << key << base::hash_token(payload) << payload;
  stream.close();
  if (stream) fs::rename(beside, file, error);
  if (!stream || error) {
    fs::remove(beside, error);
    base::log(base::Level::warning, "detector_not_kept", {{"file", file.string()}});
  }
}

}  // namespace

std::unique_ptr<intents::Detector> learn_or_recall(const intents::Dataset& data, const std::string& folder) {
  if (folder.empty() || !base::start_crypto()) return intents::Detector::train(data);
  const fs::path file = fs::path(folder) / kFile;
  const std::string key = key_of(data);
  for (const fs::path& place : {file, built_in_folder() / kFile}) {
    if (auto known = recall(place, key, data)) return known;
  }
  auto detector = intents::Detector::train(data);
  keep(file, key, detector->save());
  return detector;
}

std::string user_cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') return std::string(cache) + "/handrail";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') return std::string(home) + "/.cache/handrail";
  return "";
}

}  // namespace handrail::conversation
