// Reading an object: reads that follow each other are served by one GET that streams; any other read begins a new one.
// A GET that breaks is taken up where it was, and only from the very same object (If-Match).
#pragma once

#include <memory>
#include <string>

#include "storage/objects/object_store.hpp"
#include "storage/objects/s3_upload.hpp"

namespace storage::s3 {

class Reader final : public ObjectReader {
 public:
  Reader(std::shared_ptr<Client> client, std::string key, Head head);

  std::uint64_t size() const noexcept override { return head_.size; }
  // `not_found`: the object was removed; `conflict`: it was replaced.
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override;

 private:
  base::Result<> fill(std::span<std::uint8_t> out);
  bool begin();           // false: download_->head() is no content of ours
  Answer why_it_ended();  // and forgets the download

  const std::shared_ptr<Client> client_;  // outlives download_
  const std::string key_;
  const Head head_;
  std::unique_ptr<Download> download_;
  std::uint64_t position_ = 0;  // of the next byte from download_
};

}  // namespace storage::s3
