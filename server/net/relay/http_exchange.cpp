#include "server/net/relay/http_exchange.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace net::relay {

namespace {
using base::Errc;
using curl::set;

// Cameras send a dozen short ones. With those of interim answers and behind the last chunk.
constexpr std::size_t most_header_lines = 100;
constexpr std::size_t most_header_bytes = 16 * 1024;

std::optional<asio::ip::address> address_in(const curl_sockaddr& given) {
  if (given.family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &given.addr, sizeof v4);
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (given.family == AF_INET6 && given.addrlen >= sizeof(sockaddr_in6)) {
    // curl keeps as many bytes behind this member as the longest address has.
    sockaddr_in6 v6{};
    std::memcpy(&v6, reinterpret_cast<const std::uint8_t*>(&given) + offsetof(curl_sockaddr, addr), sizeof v6);
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes);
  }
  return std::nullopt;
}

Errc kind_of(CURLcode code) noexcept {
  switch (code) {
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // the scheme was looked at before: it is the answer's
    case CURLE_BAD_CONTENT_ENCODING: return Errc::corrupt;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CIPHER: return Errc::refused;
    case CURLE_OUT_OF_MEMORY: return Errc::exhausted;  // so it calls a header line of 100 KiB, too
    default: return Errc::unavailable;
  }
}
}  // namespace

base::Result<> HttpExchange::prepare(const HttpClient::Options& options, const HttpReach& reach) {
  auto shown = check_request(request_);
  if (!shown) return std::unexpected(shown.error());
  shown_ = std::move(*shown);
  reach_ = &reach;
  easy_.reset(curl_easy_init());
  if (easy_ && set_options(options) && set_request() && set_callbacks()) return {};
  release();
  return base::fail(Errc::exhausted, fmt::format("{} cannot be asked: memory is short.", shown_));
}

void HttpExchange::release() noexcept {
  easy_.reset();
  headers_.reset();
}

bool HttpExchange::set_options(const HttpClient::Options& options) {
  CURL* easy = easy_.get();
  const auto connect = std::min(options.connect, request_.deadline);
  const long alone = request_.repeatable ? 0 : 1;
  return curl::set_defaults(easy, options.ca_file) && set(easy, CURLOPT_URL, request_.url.c_str()) &&
         set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) && set(easy, CURLOPT_NETRC, long{CURL_NETRC_IGNORED}) &&
         set(easy, CURLOPT_USERAGENT, options.user_agent.c_str()) &&
         (!request_.http_1_0 || set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_0})) &&
         set(easy, CURLOPT_HTTP09_ALLOWED, 0L) && set(easy, CURLOPT_FRESH_CONNECT, alone) &&
         set(easy, CURLOPT_FORBID_REUSE, alone) && set(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L) &&
         set(easy, CURLOPT_CONNECTTIMEOUT_MS, std::max(1L, static_cast<long>(connect.count()))) &&
         set(easy, CURLOPT_ERRORBUFFER, words_.data());
}

bool HttpExchange::set_request() {
  CURL* easy = easy_.get();
  // Those that libcurl would send unasked, and old cameras do not understand.
  if (!curl::append(headers_, "Expect:")) return false;
  bool has_type = false;
  for (const auto& [name, value] : request_.headers) {
    // Without a value it would take the header for one that is to be left out.
    if (!curl::append(headers_, value.empty() ? name + ";" : fmt::format("{}: {}", name, value))) return false;
    has_type = has_type || curl::split_header(name + ":")->first == "content-type";
  }
  if (!has_type && !curl::append(headers_, "Content-Type:")) return false;
  if (!set(easy, CURLOPT_HTTPHEADER, headers_.get())) return false;
  if (request_.credentials && (!set(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) ||
                               !set(easy, CURLOPT_USERNAME, request_.credentials->user.c_str()) ||
                               !set(easy, CURLOPT_PASSWORD, request_.credentials->password.c_str())))
    return false;
  if (request_.has_body)
    return set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size())) &&
           set(easy, CURLOPT_POSTFIELDS, request_.body.data()) &&
           set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (request_.method == "HEAD") return set(easy, CURLOPT_NOBODY, 1L);
  return set(easy, CURLOPT_HTTPGET, 1L) && set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

bool HttpExchange::set_callbacks() {
  CURL* easy = easy_.get();
  return set(easy, CURLOPT_HEADERFUNCTION, &HttpExchange::on_header) && set(easy, CURLOPT_HEADERDATA, this) &&
         set(easy, CURLOPT_WRITEFUNCTION, &HttpExchange::on_data) && set(easy, CURLOPT_WRITEDATA, this) &&
         set(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpExchange::on_open) && set(easy, CURLOPT_OPENSOCKETDATA, this);
}

std::optional<base::Error> HttpExchange::failure(CURLcode code) const {
  if (stopped_) return stopped_;
  if (code == CURLE_OK) {
    if (head_done_) return std::nullopt;
    return base::Error{Errc::corrupt, fmt::format("{} was answered by something that is no HTTP.", shown_)};
  }
  if (code == CURLE_COULDNT_CONNECT && !forbidden_.empty() && !may_connect_)
    return base::Error{Errc::refused, fmt::format("{} is not asked: {} is not among the networks that cameras may be "
                                                  "in. Allow it, or correct the address.",
                                                  shown_, forbidden_)};
  const std::string_view words = words_[0] != '\0' ? words_.data() : curl_easy_strerror(code);
  return base::Error{kind_of(code),
                     fmt::format("{} has no whole answer: {}.", shown_, base::printable(base::as_bytes(words)))};
}

bool HttpExchange::stop(Errc code, std::string_view why) {
  stopped_ = base::Error{code, fmt::format("{} is given up: {}.", shown_, why)};
  return false;
}

// ---- What libcurl calls.

std::size_t HttpExchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<HttpExchange*>(self)->take_header({data, size * count}) ? size * count : 0;
}

bool HttpExchange::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (++header_lines_ > most_header_lines || header_bytes_ > most_header_bytes)
    return stop(Errc::exhausted, "its headers do not end");
  if (line.contains('\0')) return stop(Errc::corrupt, "there are zero bytes in its headers");
  if (head_done_) return true;      // behind the last chunk
  if (line.starts_with("HTTP/")) {  // also behind an interim answer
    answer_.headers.clear();
    length_.clear();
    return true;
  }
  if (line.find_first_not_of("\r\n") == std::string_view::npos) return finish_head();
  auto header = curl::split_header(line);
  if (!header) return true;  // old cameras put words of their own there
  const auto& [name, value] = *header;
  if (name == "content-length") {
    if (!length_.empty() && length_ != value) return stop(Errc::corrupt, "it says two lengths of its body");
    length_ = value;
  }
  // Others would be unpacked, and nobody asked for them.
  if (name == "transfer-encoding" && value != "chunked" && value != "identity")
    return stop(Errc::corrupt, "its body is encoded in a way that was not asked for");
  answer_.headers.push_back(std::move(*header));
  return true;
}

bool HttpExchange::finish_head() {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status < 200) return true;
  answer_.status = status;
  head_done_ = true;
  if (kind_ == Kind::stream) {
    arrived_();
    return true;
  }
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(length_.data(), length_.data() + length_.size(), length);
  const bool too_long =
      error == std::errc::result_out_of_range || (error == std::errc{} && length > request_.most_body);
  if (too_long && request_.method != "HEAD")
    return stop(Errc::exhausted, "its body is longer than any that is expected");
  return true;
}

std::size_t HttpExchange::on_data(char* data, std::size_t size, std::size_t count, void* self) {
  const base::ByteView bytes(reinterpret_cast<const std::uint8_t*>(data), size * count);
  return static_cast<HttpExchange*>(self)->take_data(bytes) ? bytes.size() : 0;
}

bool HttpExchange::take_data(base::ByteView bytes) {
  if (!head_done_) return stop(Errc::corrupt, "a body came without a head");
  if (kind_ == Kind::stream) {
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    arrived_();
    return true;
  }
  base::Bytes& body = answer_.body;
  if (bytes.size() > request_.most_body - body.size())
    return stop(Errc::exhausted, "its body is longer than any that is expected");
  body.insert(body.end(), bytes.begin(), bytes.end());
  return true;
}

curl_socket_t HttpExchange::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  return static_cast<HttpExchange*>(self)->open_socket(*address);
}

// The address is the one that is connected to, whatever name led there.
curl_socket_t HttpExchange::open_socket(const curl_sockaddr& address) {
  const auto to = address_in(address);
  if (!to || !reach_->allows(*to)) {
    forbidden_ = to ? to->to_string() : "an address of an unknown kind";
    return CURL_SOCKET_BAD;
  }
  may_connect_ = true;
  return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
}

}  // namespace net::relay
