// The real `dualcam`, run on what a server keeps.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/e2e/fixture.hpp"

namespace e2e {

struct Answer {
  int exit_code = -1;
  nlohmann::json json;  // discarded where the output is none
  std::string text;     // both streams
};

// `words` as a shell takes them.
Answer run_tool(const std::string& words);

class ToolTest : public EndToEnd {
 protected:
  std::string catalog_url() const { return url_of("--catalog", "sqlite:" + (data_dir_ / "catalog.db").string()); }
  std::string objects_url() const { return url_of("--objects", "file:" + (data_dir_ / "objects").string()); }
  bool embedded() const { return backend_.empty(); }
  // Catalog, evidence and objects agree, byte for byte.
  void expect_proven() const;
  void expect_scrubbed() const;

 private:
  std::string url_of(const std::string& flag, const std::string& otherwise) const;
};

}  // namespace e2e
