#include "server/http/message.hpp"

#include "server/http/text.hpp"

namespace http {

std::optional<std::string> Request::header(std::string_view name) const {
  std::optional<std::string> found;
  for (const auto& [field, value] : headers) {
    if (!equal_ignoring_case(field, name)) continue;
    if (found) {
      found->append(", ").append(value);
    } else {
      found = value;
    }
  }
  return found;
}

Response::Response(int code, std::string content_type, std::string text) : status(code), body(std::move(text)) {
  headers.emplace_back("Content-Type", std::move(content_type));
}

Response& Response::with(std::string name, std::string value) & {
  headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

Response&& Response::with(std::string name, std::string value) && {
  return std::move(with(std::move(name), std::move(value)));
}

std::uint64_t body_size(const Response& response) noexcept {
  if (response.unsent_length) return *response.unsent_length;
  if (const auto* file = std::get_if<FileBody>(&response.body)) return file->length;
  if (const auto* stream = std::get_if<StreamBody>(&response.body)) return stream->length;
  if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
  return 0;
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 206: return "Partial Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 428: return "Precondition Required";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Internal Server Error";
  }
}

}  // namespace http
