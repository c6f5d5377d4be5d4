using System.Text;
using EdgeAgent.Inference.Structured;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Inference.Structured;

/// <summary>Real vocabularies, and one of single bytes.</summary>
internal static class Vocabularies
{
    /// <summary>Names of those in the repository: the bundled student's, and those of tiny published-format models.</summary>
    public static TheoryData<string> Committed => ["bytes", "cell-student", "qwen2-tied-bias-f32", "llama-llama3rope-sharded-f16"];

    public static Tokenizer Load(string name) => name switch
    {
        "bytes" => TokenizerFile.Parse("t", Encoding.UTF8.GetBytes(TinyStudent.TokenizerJson())),
        "cell-student" =>
            TokenizerFile.Load(Path.Combine(SharedData.Repository, "provisioning", "models", "cell-student", "tokenizer.json")),
        "minimind" => TokenizerFile.Load(SharedData.Path("tokenizers", "minimind_tokenizer.json")),
        _ => TokenizerFile.Load(SharedData.Path("models", "tiny", name, "tokenizer.json")),
    };

    public static TokenTrie Trie(Tokenizer tokenizer) => TokenTrie.Of(tokenizer, tokenizer.Size + 5);
}
