using System.Buffers.Binary;
using EdgeAgent.Bundles.Safetensors;

namespace EdgeAgent.Tests.Bundles.Safetensors;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void File_WrittenAndRead_KeepsEveryTensor()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("w.safetensors");
        float[] a = [1, -2, 3.5f, 0, 1e-9f, float.MaxValue];
        Half[] b = [(Half)0.5, (Half)(-3)];
        SafetensorsWriter.Write(path,
            [SafetensorsTensor.Of("a", a, 2, 3), SafetensorsTensor.Of("b", b, 2), SafetensorsTensor.Of("c", new byte[] { 7, 8, 9 }, 3)]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(a, file.Floats("a", 2, 3));
        Assert.Equal([0.5f, -3f], file.Floats("b", 2));
        Assert.Equal([7, 8, 9], file.Bytes(file.Entry("c")).ToArray());
        Assert.Equal(0, file.Entry("a").Offset % 64);
    }

    [Fact]
    public void Floats_OfBFloat16_AreExact()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("w.safetensors");
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, 0x3FC0); // 1.5
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), 0xC040); // -3
        SafetensorsWriter.Write(path, [new SafetensorsTensor("x", SafetensorsType.BF16, [2], s => s.Write(bytes))]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([1.5f, -3f], file.Floats("x", 2));
    }
}
