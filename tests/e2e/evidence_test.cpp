// From the camera to the proof: the real server stores, the real `dualcam verify` proves it from the object store.
#include <stdio.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "storage/catalog/catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "tests/e2e/fixture.hpp"

namespace e2e {
namespace {

class Evidence : public EndToEnd {
 protected:
  std::string url_of(const std::string& flag, const std::string& otherwise) const {
    const auto at = std::ranges::find(backend_, flag);
    return at == backend_.end() ? otherwise : *(at + 1);
  }
  std::string catalog_url() const { return url_of("--catalog", "sqlite:" + (data_dir_ / "catalog.db").string()); }
  std::string objects_url() const { return url_of("--objects", "file:" + (data_dir_ / "objects").string()); }

  // A server that has ended in order leaves nothing unsealed.
  void expect_sealed() {
    const auto catalog = storage::open_catalog(catalog_url());
    ASSERT_TRUE(catalog) << catalog.error().message;
    EXPECT_EQ(*(*catalog)->evidence().waiting(), 0U);
  }

  nlohmann::json verify(const std::string& arguments, int exit_code) {
    const auto command = fmt::format("'{}' verify --objects '{}' --json {}", DUALCAM_BINARY, objects_url(), arguments);
    FILE* const pipe = ::popen(command.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    std::string output;
    for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) output += static_cast<char>(c);
    EXPECT_EQ(WEXITSTATUS(::pclose(pipe)), exit_code) << output;
    return nlohmann::json::parse(output, nullptr, false);
  }
};

TEST_F(Evidence, WhatCamerasSentIsProvenFromTheStoreAlone) {
  start();
  const CameraFile first = make_file(1);
  const CameraFile second = make_file(2);
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(first));
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(second));
  ASSERT_TRUE(WireCamera(server(), imei(2)).upload(make_file(3)));
  EXPECT_EQ(verify(fmt::format("--catalog '{}'", catalog_url()), 0)["chain"]["records"], 3) << "sealed or not";
  ASSERT_EQ(server().terminate(), 0);
  expect_sealed();

  const auto whole = verify("", 0);
  EXPECT_EQ(whole["outcome"], "proven");
  EXPECT_EQ(whole["chain"]["devices"], 2);
  EXPECT_EQ(whole["objects"]["read"], 3);
  const std::string head = whole["last_segment"]["hash"];

  const auto clip = folder_ / "clip";
  std::ofstream(clip, std::ios::binary) << base::as_text(second.bytes);
  const auto proven = verify(fmt::format("--head {} '{}'", head, clip.string()), 0)["files"][0]["records"][0];
  EXPECT_EQ(proven["imei"], std::to_string(imei(1)));
  EXPECT_EQ(proven["number"], 2);
  EXPECT_EQ(proven["packets"], second.packets());

  const auto objects = storage::open_object_store(objects_url());
  ASSERT_TRUE(objects);
  ASSERT_TRUE((*objects)->remove(proven["object"].get<std::string>()));
  const auto broken = verify(fmt::format("--imei {}", imei(1)), 1);
  EXPECT_EQ(broken["breaks"][0]["kind"], "object_missing");
  EXPECT_EQ(broken["breaks"][0]["number"], 2);
}

}  // namespace
}  // namespace e2e
