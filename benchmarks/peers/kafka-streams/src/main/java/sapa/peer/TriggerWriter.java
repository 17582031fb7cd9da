package sapa.peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A trigger as JSON bytes. An instance belongs to one thread. */
final class TriggerWriter {
  private static final byte[] TIME = "\",\"time\":".getBytes(StandardCharsets.UTF_8);
  private static final byte[] SOURCE = ",\"sourceMessageId\":\"".getBytes(StandardCharsets.UTF_8);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);

  private byte[] bytes = new byte[512];
  private int at;

  /** `event` is the one that caused it, null for a timer. */
  byte[] write(Campaign campaign, byte[] userId, long time, ShopEvent event) {
    int id = event == null ? 0 : event.idTo - event.idFrom;
    int most = campaign.opening.length + 6 * userId.length + TIME.length + 20 + SOURCE.length + id + 2;
    if (most > bytes.length) {
      bytes = new byte[2 * most];
    }
    at = 0;
    put(campaign.opening, 0, campaign.opening.length);
    putEscaped(userId);
    put(TIME, 0, TIME.length);
    putNumber(time);
    if (event != null) {
      put(SOURCE, 0, SOURCE.length);
      put(event.json, event.idFrom, event.idTo);
      bytes[at++] = '"';
    }
    bytes[at++] = '}';
    return Arrays.copyOf(bytes, at);
  }

  private void put(byte[] from, int begin, int end) {
    System.arraycopy(from, begin, bytes, at, end - begin);
    at += end - begin;
  }

  private void putEscaped(byte[] text) {
    for (byte next : text) {
      if (next == '"' || next == '\\') {
        bytes[at++] = '\\';
        bytes[at++] = next;
      } else if (next >= 0 && next < ' ') {
        put(new byte[] {'\\', 'u', '0', '0', HEX[next >> 4], HEX[next & 15]}, 0, 6);
      } else {
        bytes[at++] = next;
      }
    }
  }

  /** A time, never negative. */
  private void putNumber(long number) {
    int digits = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    for (int i = at + digits - 1; i >= at; i--) {
      bytes[i] = (byte) ('0' + number % 10);
      number /= 10;
    }
    at += digits;
  }
}
