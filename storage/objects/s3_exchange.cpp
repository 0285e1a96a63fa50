#include "storage/objects/s3_exchange.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "storage/objects/s3_xml.hpp"

namespace storage::s3 {

namespace {
using curl::set;

// S3 sends a dozen short headers; metadata is limited to 2 KiB.
constexpr std::size_t max_header_bytes = 64 * 1024;
// Of an answer that is collected: a list of objects is the longest.
constexpr std::size_t max_reply_size = max_document_size;

Fault fault_of(CURLcode code) noexcept {
  switch (code) {
    case CURLE_OK: return Fault::none;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return Fault::unreachable;
    case CURLE_OPERATION_TIMEDOUT: return Fault::out_of_time;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CIPHER: return Fault::untrusted;
    default: return Fault::broken;
  }
}
}  // namespace

const std::string* Reply::header(std::string_view name) const noexcept {
  const auto found = std::ranges::find(headers, name, &Header::first);
  return found == headers.end() ? nullptr : &found->second;
}

// ---- The thread that waits.

Reply Exchange::wait_done() {
  std::unique_lock lock(lock_);
  changed_.wait(lock, [&] { return done_; });
  return std::move(reply_);
}

Reply Exchange::wait_head() {
  std::unique_lock lock(lock_);
  changed_.wait(lock, [&] { return head_done_ || done_; });
  // Of an answer that is no content, the body says more.
  if (reply_.status >= 300) changed_.wait(lock, [&] { return done_; });
  return reply_;
}

Exchange::Taken Exchange::take(std::span<std::uint8_t> out) {
  std::unique_lock lock(lock_);
  changed_.wait(lock, [&] { return done_ || taken_ < buffer_.size(); });
  const std::size_t count = std::min(out.size(), buffer_.size() - taken_);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
  taken_ += count;
  last_take_ = base::steady_now();
  const bool wants_more = paused_ && buffer_.size() - taken_ <= Download::buffer_size / 2;
  if (wants_more) paused_ = false;
  return {.bytes = count, .wants_more = wants_more};
}

// ---- The thread of the connections.

CURL* Exchange::prepare(const HttpOptions& options) {
  easy_.reset(curl_easy_init());
  last_move_ = base::steady_now();
  if (easy_ && set_options(options) && set_headers() && set_body()) return easy_.get();
  easy_.reset();
  return nullptr;
}

bool Exchange::set_options(const HttpOptions& options) {
  CURL* easy = easy_.get();
  return curl::set_defaults(easy, options.ca_file) && set(easy, CURLOPT_URL, request_.url.c_str()) &&
         set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_limit.count())) &&
         set(easy, CURLOPT_ERRORBUFFER, words_.data()) && set(easy, CURLOPT_PRIVATE, this) &&
         set(easy, CURLOPT_HEADERFUNCTION, &Exchange::on_header) && set(easy, CURLOPT_HEADERDATA, this) &&
         set(easy, CURLOPT_WRITEFUNCTION, &Exchange::on_data) && set(easy, CURLOPT_WRITEDATA, this) &&
         set(easy, CURLOPT_READFUNCTION, &Exchange::on_read) && set(easy, CURLOPT_READDATA, this) &&
         set(easy, CURLOPT_SEEKFUNCTION, &Exchange::on_seek) && set(easy, CURLOPT_SEEKDATA, this);
}

bool Exchange::set_headers() {
  for (const auto& [name, value] : request_.headers)
    if (!curl::append(list_, fmt::format("{}: {}", name, value))) return false;
  return set(easy_.get(), CURLOPT_HTTPHEADER, list_.get());
}

bool Exchange::set_body() {
  CURL* easy = easy_.get();
  if (request_.method == "HEAD") return set(easy, CURLOPT_NOBODY, 1L);
  if (request_.method == "GET") return set(easy, CURLOPT_HTTPGET, 1L);
  if (!request_.body) return set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  return set(easy, CURLOPT_UPLOAD, 1L) && set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str()) &&
         set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
}

std::optional<Reply> Exchange::overdue(const HttpOptions& options, base::SteadyTime now) const {
  if (now >= request_.deadline) return Reply{.fault = Fault::out_of_time, .detail = "its time is over"};
  if (!easy_) {  // waits for its turn
    if (now - created_ < options.stall_limit) return std::nullopt;
    return Reply{.fault = Fault::out_of_time, .detail = "all connections are in use"};
  }
  const std::scoped_lock lock(lock_);
  if (paused_) {
    if (now - last_take_ < options.idle_limit) return std::nullopt;
    return Reply{.fault = Fault::broken, .detail = "nobody read on"};
  }
  // A download that was held back moves again a moment after its reader made room.
  if (now - std::max(last_move_, last_take_) < options.stall_limit) return std::nullopt;
  return Reply{.fault = Fault::out_of_time, .detail = "nothing moved"};
}

Reply Exchange::outcome(CURLcode code) const {
  Reply end;
  end.fault = source_error_ ? Fault::source : too_large_ ? Fault::too_large : fault_of(code);
  end.source = source_error_;
  if (end.fault != Fault::none) end.detail = words_[0] != '\0' ? words_.data() : curl_easy_strerror(code);
  return end;
}

void Exchange::finish(Reply end) {
  const std::scoped_lock lock(lock_);
  if (done_) return;
  reply_.fault = end.fault;
  reply_.detail = std::move(end.detail);
  reply_.source = std::move(end.source);
  done_ = true;
  changed_.notify_all();
}

void Exchange::release() noexcept {
  easy_.reset();
  list_.reset();
}

std::size_t Exchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Exchange*>(self)->take_header({data, size * count}) ? size * count : 0;
}

bool Exchange::take_header(std::string_view line) {
  last_move_ = base::steady_now();
  header_bytes_ += line.size();
  too_large_ = header_bytes_ > max_header_bytes;
  if (too_large_) return false;
  const std::scoped_lock lock(lock_);
  if (line.starts_with("HTTP/")) {  // also behind an interim answer
    reply_.headers.clear();
    reply_.body.clear();
    return true;
  }
  if (auto header = curl::split_header(line)) reply_.headers.push_back(std::move(*header));
  if (line.find_first_not_of(" \t\r\n") != std::string_view::npos) return true;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  reply_.status = static_cast<int>(status);
  if (status >= 200) {
    head_done_ = true;
    changed_.notify_all();
  }
  return true;
}

std::size_t Exchange::on_data(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Exchange*>(self)->take_data({data, size * count});
}

std::size_t Exchange::take_data(std::string_view bytes) {
  last_move_ = base::steady_now();
  const std::scoped_lock lock(lock_);
  if (kind_ == Kind::request || reply_.status >= 300) {
    too_large_ = reply_.body.size() + bytes.size() > max_reply_size;
    if (too_large_) return 0;
    reply_.body += bytes;
    return bytes.size();
  }
  const std::size_t waiting = buffer_.size() - taken_;
  if (waiting != 0 && waiting + bytes.size() > Download::buffer_size) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (waiting == 0 || taken_ > Download::buffer_size / 2) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  const auto view = base::as_bytes(bytes);
  buffer_.insert(buffer_.end(), view.begin(), view.end());
  changed_.notify_all();
  return bytes.size();
}

std::size_t Exchange::on_read(char* into, std::size_t size, std::size_t count, void* self) {
  return static_cast<Exchange*>(self)->give_body({reinterpret_cast<std::uint8_t*>(into), size * count});
}

std::size_t Exchange::give_body(std::span<std::uint8_t> out) {
  last_move_ = base::steady_now();
  const std::uint64_t left = request_.body->size() - sent_;
  if (left == 0) return 0;
  const auto got = request_.body->read_at(sent_, out.first(std::min<std::uint64_t>(out.size(), left)));
  if (!got || *got == 0) {
    source_error_ = got ? base::Error{base::Errc::corrupt, "It ended before its size.", 0} : got.error();
    return CURL_READFUNC_ABORT;
  }
  sent_ += *got;
  return *got;
}

// A kept connection that turns out to be dead: curl sends the request again on a new one.
int Exchange::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  static_cast<Exchange*>(self)->sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

}  // namespace storage::s3
