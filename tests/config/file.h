// A file with the given words, in a temporary folder that goes with it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace handrail::config {

class File {
 public:
  explicit File(const std::string& content) {
    std::string folder = (std::filesystem::temp_directory_path() / "handrail-config-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder_ = folder;
    std::ofstream(path()) << content;
  }
  ~File() { std::filesystem::remove_all(folder_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string path() const { return folder_ + "/handrail.json"; }

 private:
  std::string folder_;
};

}  // namespace handrail::config
