// Objects in a bucket of an S3 store. The URL is described in s3_url.hpp, what proves a put in s3_upload.hpp.
//
// Every call ends by a deadline. A put that fails leaves at most an upload in parts that never becomes an object.
// Several processes may use one bucket and prefix. Opening connects to nothing: probe() says whether the store can be
// used.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "storage/objects/object_store.hpp"
#include "storage/objects/s3_client.hpp"

namespace storage {

class S3ObjectStore final : public ObjectStore {
 public:
  static base::Result<std::unique_ptr<S3ObjectStore>> open_at(s3::Location location, s3::Credentials credentials,
                                                              s3::Options options = {});

  base::Result<> put(std::string_view key, const LocalFile& source) override;
  base::Result<std::unique_ptr<ObjectReader>> open(std::string_view key) override;
  base::Result<ObjectInfo> stat(std::string_view key) override;
  base::Result<> remove(std::string_view key) override;
  base::Result<> list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  std::optional<std::filesystem::path> local_path(std::string_view key) const override;
  std::optional<std::string> presigned_url(std::string_view key, std::chrono::seconds valid_for) const override;
  base::Result<> probe() override;
  base::Result<std::uint64_t> remove_leftovers(base::UtcTime before) override;
  std::string describe() const override;

 private:
  explicit S3ObjectStore(std::shared_ptr<s3::Client> client) : client_(std::move(client)) {}
  base::Result<bool> visit_page(const s3::ListPage& page, std::string& last,
                                const std::function<bool(const ObjectInfo&)>& visit) const;

  const std::shared_ptr<s3::Client> client_;  // shared with the readers
  std::atomic<bool> conditional_put_{true};   // until the store says that it has none
};

}  // namespace storage
