// One suite for every object store. A program that has a store to offer calls INSTANTIATE_TEST_SUITE_P with it.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/objects/object_store.hpp"
#include "storage/objects/s3_digest.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

using storage::LocalFile;
using storage::ObjectInfo;
using storage::ObjectStore;

struct ObjectsImplementation {
  std::string name;
  // An empty store of its own for each test.
  std::function<base::Result<std::unique_ptr<ObjectStore>>(const TempFolder&)> open;
  bool keeps_what_is_open = true;  // a reader goes on when its object is removed
};

class ObjectsTest : public testing::TestWithParam<ObjectsImplementation> {
 protected:
  void SetUp() override {
    auto opened = GetParam().open(folder_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  LocalFile source(std::string_view content) {
    const auto path = folder_ / ("source-" + std::to_string(++sources_));
    std::ofstream(path, std::ios::binary) << content;
    return {path, content.size(), base::to_hex(storage::s3::sha256(base::as_bytes(content))),
            "application/octet-stream"};
  }

  std::string content(std::string_view key) {
    const auto reader = store_->open(key);
    if (!reader) return "cannot open: " + reader.error().message;
    base::Bytes bytes((*reader)->size() + 1);
    const auto read = (*reader)->read_at(0, bytes);
    if (!read) return "cannot read: " + read.error().message;
    return std::string(base::as_text(base::ByteView(bytes).first(*read)));
  }

  std::vector<std::string> keys(std::string_view prefix) {
    std::vector<std::string> found;
    const auto listed = store_->list(prefix, [&](const ObjectInfo& object) {
      found.push_back(object.key);
      return true;
    });
    EXPECT_TRUE(listed);
    return found;
  }

  void put_all(const std::vector<std::string>& names) {
    for (const auto& name : names) ASSERT_TRUE(store_->put(name, source(name)));
  }

  TempFolder folder_;
  std::unique_ptr<ObjectStore> store_;
  std::atomic<int> sources_ = 0;
};

}  // namespace tests
