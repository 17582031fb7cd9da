#include "engine/api/openapi.h"

namespace sapa {
namespace {

constexpr std::string_view kDocument = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "Sapa",
    "version": "1",
    "description": "The open engine for real-time customer engagement. Events come in as with Segment's HTTP API; triggers and decisions are read by polling, long polling or as server-sent events. Errors are application/problem+json (RFC 9457). An engine that runs on Kafka answers 501 where events are sent and triggers are read: its topics are the interface there."
  },
  "security": [{"key": []}],
  "paths": {
    "/v1/track": {"post": {"operationId": "track", "summary": "Something a customer did", "requestBody": {"$ref": "#/components/requestBodies/Message"}, "responses": {"200": {"$ref": "#/components/responses/Success"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/identify": {"post": {"operationId": "identify", "summary": "What is now known of a customer", "requestBody": {"$ref": "#/components/requestBodies/Message"}, "responses": {"200": {"$ref": "#/components/responses/Success"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/page": {"post": {"operationId": "page", "summary": "A page that a customer looked at", "requestBody": {"$ref": "#/components/requestBodies/Message"}, "responses": {"200": {"$ref": "#/components/responses/Success"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/screen": {"post": {"operationId": "screen", "summary": "A screen that a customer looked at", "requestBody": {"$ref": "#/components/requestBodies/Message"}, "responses": {"200": {"$ref": "#/components/responses/Success"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/alias": {"post": {"operationId": "alias", "summary": "Two ids that are one customer", "requestBody": {"$ref": "#/components/requestBodies/Message"}, "responses": {"200": {"$ref": "#/components/responses/Success"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/group": {"post": {"operationId": "group", "summary": "The group that a customer belongs to", "requestBody": {"$ref": "#/components/requestBodies/Message"}, "responses": {"200": {"$ref": "#/components/responses/Success"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/batch": {"post": {"operationId": "batch", "summary": "Many messages at once: all are taken, or none", "requestBody": {"$ref": "#/components/requestBodies/Batch"}, "responses": {"200": {"$ref": "#/components/responses/Success"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/import": {"post": {"operationId": "import", "summary": "The same as /v1/batch", "requestBody": {"$ref": "#/components/requestBodies/Batch"}, "responses": {"200": {"$ref": "#/components/responses/Success"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/triggers": {"get": {
      "operationId": "triggers",
      "summary": "Triggers in the order in which they were committed",
      "description": "Without `wait`, answers at once; with it, as soon as there is something, or with an empty list. With `Accept: text/event-stream`, a stream of server-sent events: `id` is the sequence number, `event` is `trigger`, `data` the trigger; `Last-Event-ID` is honoured, and without it and `after` the stream begins now. A reader that stores `next` (or the last `id`) misses nothing; one that asks again with an old number reads again.",
      "parameters": [{"$ref": "#/components/parameters/after"}, {"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/wait"}, {"$ref": "#/components/parameters/customer"}, {"$ref": "#/components/parameters/lastEventId"}],
      "responses": {
        "200": {"description": "Triggers", "content": {
          "application/json": {"schema": {"type": "object", "required": ["triggers", "next"], "properties": {
            "triggers": {"type": "array", "items": {"type": "object", "required": ["seq"], "properties": {"seq": {"type": "integer"}, "trigger": {"type": "object"}, "base64": {"type": "string", "description": "In place of `trigger` when the engine writes protobuf"}}}},
            "next": {"type": "integer", "description": "To be given as `after` next time. May be ahead of the last trigger listed, when a search for one customer has passed others"}}}},
          "text/event-stream": {"schema": {"type": "string"}}}},
        "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/decisions": {"get": {
      "operationId": "decisions",
      "summary": "Decisions, every yes and every no with its reason, read as triggers are",
      "parameters": [{"$ref": "#/components/parameters/after"}, {"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/wait"}, {"$ref": "#/components/parameters/customer"}, {"$ref": "#/components/parameters/lastEventId"}],
      "responses": {
        "200": {"description": "Decisions", "content": {
          "application/json": {"schema": {"type": "object", "required": ["decisions", "next"], "properties": {
            "decisions": {"type": "array", "items": {"type": "object", "required": ["seq"], "properties": {"seq": {"type": "integer"}, "decision": {"type": "object"}, "base64": {"type": "string"}}}},
            "next": {"type": "integer"}}}},
          "text/event-stream": {"schema": {"type": "string"}}}},
        "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/customers/{id}": {"get": {
      "operationId": "customer",
      "summary": "Everything known about a customer",
      "parameters": [{"name": "id", "in": "path", "required": true, "description": "The user id, or the anonymous id of a customer without one; percent-encoded", "schema": {"type": "string"}}],
      "responses": {"200": {"description": "The customer", "content": {"application/json": {"schema": {"type": "object"}}}}, "404": {"$ref": "#/components/responses/Problem"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/workspace": {"get": {
      "operationId": "workspace",
      "summary": "The workspace in use and the state of its campaigns",
      "responses": {"200": {"description": "The workspace", "content": {"application/json": {"schema": {"type": "object", "required": ["fingerprint", "loadedAt", "campaigns"], "properties": {
        "fingerprint": {"type": "string"}, "loadedAt": {"type": "string", "format": "date-time"}, "folder": {"type": "string"},
        "metrics": {"type": "integer"}, "segments": {"type": "integer"}, "stages": {"type": "integer"},
        "campaigns": {"type": "array", "items": {"type": "object", "required": ["campaign", "version", "channel", "state"], "properties": {
          "campaign": {"type": "string"}, "version": {"type": "string"}, "channel": {"type": "string"}, "priority": {"type": "integer"},
          "state": {"enum": ["enabled", "paused", "killed"], "description": "paused: by the workspace's files; killed: by an operator"},
          "killedSince": {"type": "string", "format": "date-time"}, "note": {"type": "string"}}}},
        "lastReload": {"type": "object", "description": "The latest attempt", "properties": {"at": {"type": "string", "format": "date-time"}, "by": {"type": "string"}, "outcome": {"enum": ["reloaded", "unchanged", "refused"]}, "detail": {"type": "string"}}}}}}}}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/workspace/reload": {"post": {
      "operationId": "reloadWorkspace",
      "summary": "Read the workspace's files again",
      "description": "Answers when every worker of this process decides by the new workspace: each switches between two epochs, and one event is decided wholly by one workspace. A workspace with errors is refused with all of them under `errors`; the one in use stays. Other processes of a group read their own files.",
      "responses": {
        "200": {"description": "In use, or nothing has changed", "content": {"application/json": {"schema": {"type": "object", "required": ["outcome", "fingerprint"], "properties": {"outcome": {"enum": ["reloaded", "unchanged"]}, "fingerprint": {"type": "string"}, "before": {"type": "string"}, "loadMs": {"type": "integer"}, "switchMs": {"type": "integer"}, "workers": {"type": "object"}, "changes": {"type": "object", "description": "What is kept, added, removed and reset, as `sapa check --against --json` has it"}}}}}},
        "422": {"$ref": "#/components/responses/Problem"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/campaigns/{id}/kill": {"post": {
      "operationId": "killCampaign",
      "summary": "Stop a campaign at once",
      "description": "Answers when it is kept and every worker of this process acts by it; on Kafka all processes of the group follow within a second. It stays killed over restarts and edits until it is resumed. What it would have sent is a decision with the reason campaign_disabled.",
      "parameters": [{"$ref": "#/components/parameters/campaign"}],
      "requestBody": {"$ref": "#/components/requestBodies/Note"},
      "responses": {"200": {"$ref": "#/components/responses/Switched"}, "404": {"$ref": "#/components/responses/Problem"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/v1/campaigns/{id}/resume": {"post": {
      "operationId": "resumeCampaign",
      "summary": "Let a killed campaign go on",
      "parameters": [{"$ref": "#/components/parameters/campaign"}],
      "requestBody": {"$ref": "#/components/requestBodies/Note"},
      "responses": {"200": {"$ref": "#/components/responses/Switched"}, "404": {"$ref": "#/components/responses/Problem"}, "default": {"$ref": "#/components/responses/Problem"}}}},
    "/metrics": {"get": {"operationId": "metrics", "summary": "Figures for Prometheus", "security": [], "responses": {"200": {"description": "Prometheus' text format", "content": {"text/plain": {"schema": {"type": "string"}}}}}}},
    "/healthz": {"get": {"operationId": "health", "summary": "200 while the process lives", "security": [], "responses": {"200": {"description": "Alive", "content": {"text/plain": {"schema": {"type": "string"}}}}}}},
    "/readyz": {"get": {"operationId": "ready", "summary": "200 while the engine does its work, else 503 with what stands in the way", "security": [], "responses": {"200": {"description": "Ready", "content": {"text/plain": {"schema": {"type": "string"}}}}, "503": {"$ref": "#/components/responses/Problem"}}}},
    "/openapi.json": {"get": {"operationId": "openapi", "summary": "This document", "security": [], "responses": {"200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}}}},
    "/": {"get": {"operationId": "index", "summary": "The list of paths", "security": [], "responses": {"200": {"description": "Plain text", "content": {"text/plain": {"schema": {"type": "string"}}}}}}}
  },
  "components": {
    "securitySchemes": {
      "key": {"type": "http", "scheme": "basic", "description": "The write key (to send events), a read key (to read) or an admin key (to reload and to kill) as the user name, with an empty password. Not needed on loopback when no key is configured."}
    },
    "parameters": {
      "after": {"name": "after", "in": "query", "description": "Only what has a greater sequence number; `latest`: only what is new from now on. Default: everything that is kept", "schema": {"oneOf": [{"type": "integer", "minimum": 0}, {"const": "latest"}]}},
      "limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
      "wait": {"name": "wait", "in": "query", "description": "How long to wait for something: 30s, at most 1m", "schema": {"type": "string", "default": "0s"}},
      "customer": {"name": "customer", "in": "query", "description": "Only this customer's", "schema": {"type": "string"}},
      "campaign": {"name": "id", "in": "path", "required": true, "description": "The campaign's name", "schema": {"type": "string"}},
      "lastEventId": {"name": "Last-Event-ID", "in": "header", "description": "Of an event stream: in place of `after`", "schema": {"type": "integer"}}
    },
    "requestBodies": {
      "Note": {"required": false, "content": {"application/json": {"schema": {"type": "object", "properties": {"note": {"type": "string", "description": "Why, for whoever looks at it later"}}}}}},
      "Message": {"required": true, "description": "One message as Segment's specification has it, at most 32 KB, gzip allowed. `type` is taken from the path. Give each message a `messageId` of your own and repeat it when you send again: one without gets a random one, and a repeat then counts twice.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}},
      "Batch": {"required": true, "description": "At most 500 KB and 2,500 messages of at most 32 KB, gzip allowed. `context` and `sentAt` go to every message that has none. One wrong message refuses the batch.", "content": {"application/json": {"schema": {"type": "object", "required": ["batch"], "properties": {"batch": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}}, "context": {"type": "object"}, "sentAt": {"type": "string", "format": "date-time"}}}}}}
    },
    "responses": {
      "Success": {"description": "Kept", "content": {"application/json": {"schema": {"type": "object", "properties": {"success": {"const": true}}}}}},
      "Switched": {"description": "Kept, and acted by", "content": {"application/json": {"schema": {"type": "object", "properties": {"campaign": {"type": "string"}, "state": {"enum": ["enabled", "paused", "killed"]}, "since": {"type": "string", "format": "date-time"}, "workers": {"type": "object"}}}}}},
      "Problem": {"description": "What is wrong and what to do about it", "content": {"application/problem+json": {"schema": {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "errors": {"type": "array", "description": "The first messages that are wrong, or what is wrong with a workspace at which place", "items": {"type": "object", "properties": {"index": {"type": "integer"}, "code": {"type": "string"}, "detail": {"type": "string"}, "file": {"type": "string"}, "line": {"type": "integer"}, "column": {"type": "integer"}, "suggestion": {"type": "string"}}}}}}}}}
    },
    "schemas": {
      "Message": {"type": "object", "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}], "properties": {
        "type": {"enum": ["track", "identify", "page", "screen", "alias", "group"]},
        "event": {"type": "string", "description": "Of a track message: what was done"},
        "name": {"type": "string", "description": "Of a page or screen message"},
        "userId": {"type": "string"}, "anonymousId": {"type": "string"}, "previousId": {"type": "string"},
        "messageId": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened; without it, when it was received"},
        "sentAt": {"type": "string", "format": "date-time"},
        "properties": {"type": "object"}, "traits": {"type": "object"}, "context": {"type": "object"}}}
    }
  }
}
)json";

}  // namespace

std::string_view openapi_document() { return kDocument; }

}  // namespace sapa
