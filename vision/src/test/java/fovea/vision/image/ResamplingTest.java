package fovea.vision.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.UnknownNameException;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Golden values were made with PIL 12.3, OpenCV 4.14 and PyTorch 2.13 from the same pattern.
class ResamplingTest {

  /// Of each: 5×7 RGB brought to 3×4, and 5×4 grey brought to 7×6.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pil-nearest 005bb66ac520d42f8a3e99f44aa500e03b9676d12c0c67c294ef4a56b10c1873ceda3590 0035356a6a9f256565a5a5e5256565a5a5e54a9595e0e02b6fc5c51b1b716fc5c51b1b7194f5f55656b7",
        "pil-box 308ba6a5805b7d58b355708b70cb268661bc76d12c67429db08b6667825d704ba679946f 0035356a9f9f256565a5e5e5256565a5e5e54a9595e02b2b6fc5c51b71716fc5c51b717194f5f556b7b7",
        "pil-bilinear 2e84a9888b5b867692526d996fa84590698c75867c646280a996647776666f6887838c6f 001b3e61859f15335b82aac730517eaab3b04a70a2d3862b648ea764585d7facbe50628f94c5da7187b7",
        "pil-bicubic 2483b0928d538a77944e6a9b6ead3a94619674897c645d7baf97637574666c6686829170 00143b5e859e102a577cb3d72b4b80b5c1bb4569a4e2851f5f92af5549577cb7cc38579c90cde96884c1",
        "pil-lanczos 1e84b29b8e4f887a944c669a70ac33945e9b73887e665c74af95667872686969827e9477 00123d5e84970f285370b4e12d4788c5c9b74560afed82185792b05a3b4a75c3cb2f50af89d3eb6d80c7",
        "opencv-bilinear 217cb8858a3b9d589e4b71ac66c11cc9449f6dc843504ba6aba6614e934f5c57a795856a 001a3e61849f15335a82a9c72f517eabb3b04a70a1d4862b648ea764585d7facbe50618f94c4db7086b7",
        "torch-bilinear 227db8858a3b9d589e4b71ac66c11cc9449f6dc843504ba6aba6614e944f5c57a795856b 001a3e61849f15335a82a9c730517eabb3b04a70a2d4862b648ea764585d7facbe50628f94c4da7086b7",
        "torch-bilinear-align-corners 005bb66ac520d42f8a3e99f44aa500e03b9676d12c0c67c294ef4a56b10c1873ceda3590 0020405f7f9f193d6185a9ce315a83abb2a74a77a4d1982b6394a36e5b5a7bb1b450538894ced5767db7",
        "torch-bilinear-antialias 2e84a9888b5b867692536d996fa84591698c75867b646280a896647776666f6887838c6f 001a3e61849f15335a82a9c730517eabb3b04a70a2d4862b648ea764585d7facbe50628f94c4da7086b7",
        "torch-bicubic 1a7ac885892ca64ca94676a760cc16d235a567d73a5240acb89f6838a1465d47b4988f62 00123c5a849e0d295877b6e32b4c86bac5b84368a9e68d1b5c96ad5b434f7ac2c93248a08ed7e96b7dc5",
        "torch-bicubic-align-corners 005bb66ac520d42f8a3e99f44aa500e03b9676d12c0c67c294ef4a56b10c1873ceda3590 001b425d849f15335f7ab4e433538cbfc8ae4a70aee6a22b619eab6947497fcbbd31318f94e1e06b6ab7",
        "torch-bicubic-antialias 2484b0928d538a78934e6a9b6ead3994619674897c645d7baf96647674666c6686829170 00133b5e859e0e2a567cb2d72b4b80b5c1bb4569a4e2851f5f92af5649567cb8cc39579c90cde96884c2"
      })
  void matchesWhomItIsNamedAfter(String golden) {
    var parts = golden.split(" ", 3);
    var resampling = Resampling.of(parts[0]);
    int off = parts[0].startsWith("pil") ? 0 : 1;
    check(resampling.resize(ImageTest.pattern(5, 7, 3), 3, 4), 3, 4, parts[1], off);
    check(resampling.resize(ImageTest.pattern(5, 4, 1), 7, 6), 7, 6, parts[2], off);
  }

  private static void check(Image image, int height, int width, String hex, int off) {
    var expected = HexFormat.of().parseHex(hex);
    assertEquals(height, image.height());
    assertEquals(width, image.width());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i] & 0xFF, image.pixels()[i] & 0xFF, off, "sample " + i);
    }
  }

  @Test
  void matchesPilOnLargerImages() {
    int[][] sizes = {{64, 48, 3, 20, 31}, {33, 57, 3, 100, 200}, {3, 1000, 3, 9, 17}};
    checkCrc(Resampling.PIL_NEAREST, sizes, 0x89fa9fd9, 0x777ca73f, 0x9e4bda63);
    checkCrc(Resampling.PIL_BOX, sizes, 0xd4eb73cf, 0x777ca73f, 0xd5917da3);
    checkCrc(Resampling.PIL_BICUBIC, sizes, 0xcb64ef13, 0x721ce626, 0x88333072);
    checkCrc(Resampling.PIL_LANCZOS, sizes, 0x6eaf2d74, 0xcee8ca89, 0x0591be0b);
  }

  private static void checkCrc(Resampling resampling, int[][] sizes, int... expected) {
    for (int i = 0; i < sizes.length; i++) {
      var s = sizes[i];
      var crc = new CRC32();
      crc.update(resampling.resize(ImageTest.pattern(s[0], s[1], s[2]), s[3], s[4]).pixels());
      assertEquals(expected[i], (int) crc.getValue(), resampling + " " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsWhatIsFlatAndWhatHasTheSize(Resampling resampling) {
    var image = ImageTest.pattern(4, 6, 3);
    assertSame(image, resampling.resize(image, 4, 6));
    var flat = new byte[9 * 11];
    java.util.Arrays.fill(flat, (byte) 200);
    for (byte sample : resampling.resize(new Image(9, 11, 1, flat), 5, 23).pixels()) {
      assertEquals(200, sample & 0xFF);
    }
    assertEquals(resampling, Resampling.of(resampling.toString()));
    assertThrows(IllegalArgumentException.class, () -> resampling.resize(image, 0, 3));
  }

  @Test
  void aPartOfAnImageIsResizedAsPilDoes() {
    // Image.resize((3, 2), BILINEAR, box=(1.5, 0.25, 6, 4.5))
    check(
        ImageTest.pattern(5, 7, 3).resize(1.5, 0.25, 6, 4.5, 2, 3),
        2,
        3,
        "8b7763927d9063767c847082767a776e7484",
        0);
    var image = ImageTest.pattern(5, 7, 1);
    var e = assertThrows(IllegalArgumentException.class, () -> image.resize(-1, 0, 3, 3, 2, 2));
    assertEquals("no part of a 5×7 grey image: -1.0 … 3.0 by 0.0 … 3.0", e.getMessage());
  }

  @Test
  void unknownNamesAreTold() {
    var e = assertThrows(UnknownNameException.class, () -> Resampling.of("pil-bilinaer"));
    assertTrue(e.getMessage().contains("pil-bilinear"), e.getMessage());
  }
}
