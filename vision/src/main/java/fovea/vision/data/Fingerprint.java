package fovea.vision.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256 over values that are each delimited, so that no two sequences of values look the same.
final class Fingerprint {
  private final MessageDigest sha;

  Fingerprint() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  Fingerprint add(long value) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    return this;
  }

  Fingerprint add(byte[] value) {
    add(value.length);
    sha.update(value);
    return this;
  }

  Fingerprint add(String value) {
    return add(value.getBytes(StandardCharsets.UTF_8));
  }

  Fingerprint add(Iterable<String> values) {
    for (var value : values) {
      add(value);
    }
    return add(-1); // no length: the end of a list
  }

  String hex() {
    return HexFormat.of().formatHex(sha.digest());
  }
}
