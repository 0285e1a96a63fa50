// Putting a file into a bucket so that success means: the store holds these bytes.
//
// What proves it, for a file in one request:
//   x-amz-content-sha256 is the SHA-256 the file was announced with, and signed. The store refuses a body with another
//   one before it stores it, so a file that was changed since is never stored (AWS, Ceph and MinIO all check).
//   Content-MD5 and the ETag are the MD5 of what we read of the file just before. The ETag is computed by the store of
//   what it stored, so that it is not taken on trust. Where the ETag is no MD5 (encryption by the store), a HEAD must
//   show our size and the SHA-256 kept as x-amz-meta-sha256, and the proof rests on the store's check of the headers.
// For a file in parts, above a threshold: the same for each part, and
//   The parts are hashed in the same reading as the whole, whose SHA-256 must be the announced one: the parts are the
//   file. The ETag of the object is the MD5 of the parts' MD5s: all of them were put together, in order. Where the last
//   answer does not tell it (Ceph 16), a HEAD does.
// An object that is there already (412, or found first) is ours when size and x-amz-meta-sha256 are: it was stored by a
// program that went through the same.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "storage/files/file_system.hpp"
#include "storage/objects/object_store.hpp"
#include "storage/objects/s3_client.hpp"

namespace storage::s3 {

struct Head {
  std::uint64_t size = 0;
  base::UtcTime modified{};
  std::string etag;          // with quotes, as If-Match takes it
  std::string sha256;        // of x-amz-meta-sha256, empty when there is none
  bool etag_is_md5 = false;  // of the bytes, or of the MD5s of the parts
};

// `not_found` only where the bucket is there and the object is not.
base::Result<Head> head_object(Client& client, const std::string& key, base::SteadyTime deadline);

class Upload {
 public:
  // `conditional` is whether the store knows If-None-Match: cleared for ever once it says that it does not.
  Upload(Client& client, std::string key, const LocalFile& source, std::atomic<bool>& conditional);

  base::Result<> run();

 private:
  base::Result<> open_source();
  base::Result<> check_source_again();
  std::unexpected<base::Error> source_changed() const;
  base::Result<> settle_existing(const Head& there) const;
  base::Result<> settle_existing();
  base::Result<bool> exists_already();  // and is the same file
  base::Result<> put_whole(bool conditional);
  base::Result<> verify(const std::string& etag, const std::string& expected);
  base::Result<> discard_damaged(const std::string& etag);
  base::Result<> put_parts();
  base::Result<std::string> begin_parts();
  base::Result<std::string> send_parts(const std::string& upload_id);  // the ETag the whole must have
  base::Result<> complete_parts(const std::string& upload_id, const std::string& expected);
  void abort_parts(const std::string& upload_id);
  Headers object_headers() const;
  std::unexpected<base::Error> failed(const Answer& answer);

  Client& client_;
  const std::string key_;
  const LocalFile& source_;
  std::atomic<bool>& conditional_;
  const base::SteadyTime deadline_;
  const std::string action_;
  std::string sha256_;
  std::shared_ptr<File> file_;
  std::vector<UploadedPart> parts_;
};

}  // namespace storage::s3
