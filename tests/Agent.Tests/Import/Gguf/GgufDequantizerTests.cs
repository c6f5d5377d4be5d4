using System.Runtime.InteropServices;
using EdgeAgent.Import.Gguf;

namespace EdgeAgent.Tests.Import.Gguf;

public sealed class GgufDequantizerTests
{
    public static TheoryData<string> Types => [.. Enum.GetNames<GgufType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Dequantize_EveryType_IsBitForBitTheReference(string type)
    {
        var directory = SharedData.Path("models", "gguf-types");
        using var file = GgufFile.Open(Path.Combine(directory, type + ".gguf"));
        Assert.Equal(2, file.Tensors.Count);
        foreach (var tensor in file.Tensors.Values)
        {
            Assert.Equal(type, tensor.Type.ToString());
            var expected = MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(Path.Combine(directory, $"{type}.{tensor.Name[0]}.f32")))
                .ToArray();
            var actual = new float[tensor.Columns * tensor.Rows];
            GgufDequantizer.Dequantize(tensor.Type, file.Bytes(tensor, 0, (int)tensor.Length), actual);
            Assert.Equal(expected, MemoryMarshal.Cast<float, int>(actual).ToArray());
        }
    }
}
