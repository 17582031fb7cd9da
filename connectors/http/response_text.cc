#include "connectors/http/response_text.h"

#include <cstdio>

#include "engine/api/problem.h"

namespace sapa::http {
namespace {

/// "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.
void append_date(std::time_t now, std::string& out) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT", kDays[utc.tm_wday],
                utc.tm_mday, kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                utc.tm_sec);
  out += text;
}

}  // namespace

std::string response_text(const HttpResponse& response, const ResponseFraming& framing,
                          std::time_t now) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.append(status_title(response.status)).append("\r\nDate: ");
  append_date(now, out);
  out += "\r\n";
  if (!response.content_type.empty()) out += "Content-Type: " + response.content_type + "\r\n";
  for (const HttpHeader& header : response.headers) {
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (framing.is_chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (!response.stream && response.status != 204) {
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  }
  // A browser must never take an answer for a script or a page.
  out += "X-Content-Type-Options: nosniff\r\n";
  out += framing.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!framing.is_head && !response.stream) out += response.body;
  return out;
}

std::string chunk_text(const std::string& data) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  std::string out = size;
  out.append(data).append("\r\n");
  return out;
}

}  // namespace sapa::http
