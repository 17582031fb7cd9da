#include "engine/api/problem.h"

#include "engine/base/json.h"

namespace sapa {

std::string_view status_title(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
  }
  return "Error";
}

HttpResponse problem(int status, std::string_view detail,
                     const std::vector<MessageProblem>& errors) {
  std::string list;
  for (const MessageProblem& error : errors) {
    list += list.empty() ? '[' : ',';
    list += "{\"index\":" + std::to_string(error.index) + ",\"code\":";
    append_json_string(error.code, list);
    list += ",\"detail\":";
    append_json_string(error.detail, list);
    list += '}';
  }
  return problem_with(status, detail, list.empty() ? list : list + "]");
}

HttpResponse problem_with(int status, std::string_view detail, std::string_view errors) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  std::string& body = response.body;
  body = "{\"type\":\"about:blank\",\"title\":";
  append_json_string(status_title(status), body);
  body += ",\"status\":" + std::to_string(status) + ",\"detail\":";
  append_json_string(detail, body);
  if (!errors.empty()) body.append(",\"errors\":").append(errors);
  body += "}\n";
  return response;
}

HttpResponse problem(const Error& error) {
  if (error.fault == Fault::kUser) return problem(400, error.message);
  if (!error.retriable) return problem(500, error.message);
  HttpResponse response = problem(503, error.message);
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace sapa
