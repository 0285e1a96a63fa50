// The few XML documents of S3 that we read and write. Sans-IO. They come from outside: every size is bounded, and what
// is not the expected document is an error, never a half-filled answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace storage::s3 {

// A page of 1,000 keys of 1,024 characters, escaped and with all its decoration, stays below it.
constexpr std::size_t max_document_size = 8 * 1024 * 1024;
// What S3 gives in one page at most.
constexpr std::size_t max_page_entries = 1000;

struct ListedObject {
  std::string key;
  std::uint64_t size = 0;
  base::UtcTime modified{};
};

struct ListPage {
  std::vector<ListedObject> objects;  // in the store's order, which is that of the keys
  std::string next;                   // continuation token, empty behind the last page
};

// What a store says is wrong. All empty when the document is none of S3: a proxy's page, nothing at all.
struct ErrorDocument {
  std::string code;     // "NoSuchBucket"
  std::string message;  // for people, at most 300 characters of printable ASCII
  std::string region;   // the right one, where the code is about a wrong one
};

// An upload in parts that was neither completed nor aborted.
struct UnfinishedUpload {
  std::string key;
  std::string id;
  base::UtcTime begun{};
};

struct UploadedPart {
  unsigned number = 0;
  std::string etag;  // as the store gave it, with quotes
};

base::Result<ListPage> parse_list_page(std::string_view document);
// The first page, max_page_entries at most.
base::Result<std::vector<UnfinishedUpload>> parse_uploads(std::string_view document);
base::Result<std::string> parse_upload_id(std::string_view document);
base::Result<std::string> parse_completed(std::string_view document);  // the ETag without quotes, or "": some tell none
ErrorDocument parse_error(std::string_view document);
std::string completion_document(const std::vector<UploadedPart>& parts);

}  // namespace storage::s3
