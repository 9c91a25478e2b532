package fovea.vision.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Encodes PNG files: 8 bits, grey or RGB, every row predicted by Paeth's filter.
final class PngWriter {
  private PngWriter() {}

  static byte[] write(Image image) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    var header = ByteBuffer.allocate(13).putInt(image.width()).putInt(image.height());
    header.put((byte) 8).put((byte) (image.channels() == 1 ? 0 : 2));
    chunk(out, "IHDR", header.array(), 13);
    try (var deflater = new Deflater()) {
      deflater.setInput(filtered(image));
      deflater.finish();
      // One chunk for each full buffer: no second copy of the whole.
      for (var packed = new byte[1 << 16]; !deflater.finished(); ) {
        chunk(out, "IDAT", packed, deflater.deflate(packed));
      }
    }
    chunk(out, "IEND", new byte[0], 0);
    return out.toByteArray();
  }

  private static byte[] filtered(Image image) {
    var pixels = image.pixels();
    int channels = image.channels();
    int row = image.width() * channels;
    var out = new byte[Math.multiplyExact(image.height(), row + 1)];
    for (int y = 0, at = 0; y < image.height(); y++) {
      out[at++] = 4;
      for (int x = 0, i = y * row; x < row; x++, i++) {
        int left = x >= channels ? pixels[i - channels] & 0xFF : 0;
        int up = y > 0 ? pixels[i - row] & 0xFF : 0;
        int corner = x >= channels && y > 0 ? pixels[i - row - channels] & 0xFF : 0;
        out[at++] = (byte) (pixels[i] - PngReader.paeth(left, up, corner));
      }
    }
    return out;
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] body, int length) {
    var name = type.getBytes(StandardCharsets.US_ASCII);
    var crc = new CRC32();
    crc.update(name);
    crc.update(body, 0, length);
    out.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
    out.writeBytes(name);
    out.write(body, 0, length);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
