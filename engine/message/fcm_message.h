// A push trigger in the words of the push services, so that a gateway only adds the device's token
// and forwards it.
//
//   trigger                  FCM HTTP v1 (`message.…`)             APNs header
//   title, body, image       notification.title, body, image
//   data, link, triggerId,   data.… (text values only; names that
//     campaign, variant        FCM reserves are left out)
//   expiresAt - now          android.ttl ("300s", at most 4 weeks) apns-expiration (Unix seconds)
//   collapseKey              android.collapse_key                  apns-collapse-id (<= 64 bytes)
//   priority >= 0, < 0       android.priority HIGH, NORMAL         apns-priority 10, 5
//   campaign                 fcm_options.analytics_label
//
// Buttons have no counterpart there; an app that shows them reads the trigger itself.
#pragma once

#include <string>

#include "engine/message/trigger.h"

namespace sapa {

/// `{"message":{…}}` without `token`, APNs headers included under `message.apns.headers`. `now` is
/// when it is sent.
void append_fcm_message(const Trigger& trigger, Timestamp now, std::string& out);

/// `{"apns-push-type":"alert","apns-priority":"10",…}` for a gateway that talks to APNs itself.
void append_apns_headers(const Trigger& trigger, std::string& out);

}  // namespace sapa
