using System.Text;
using System.Text.Json;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Structured;
using EdgeAgent.Inference.Tokenization;
using Json.Schema;

namespace EdgeAgent.Tests.Inference.Structured;

/// <summary>
/// Whatever a student would like to say: an answer that ends is valid against its schema, by another library's judgement.
/// </summary>
public sealed class StructuredAnswerTests
{
    private const int MaxTokens = 200;
    private static readonly EvaluationOptions Strict = new() { RequireFormatValidation = true };

    public static TheoryData<string> Names => Vocabularies.Committed;

    [Theory]
    [MemberData(nameof(Names))]
    public void Answer_RandomSchemaAndRandomLogits_IsValidWhenItEnds(string vocabulary)
    {
        var tokenizer = Vocabularies.Load(vocabulary);
        var trie = Vocabularies.Trie(tokenizer);
        var random = new Random(31);
        var (ended, cut, impossible) = (0, 0, 0);
        var schemas = Math.Max(40, (int)(Fuzzing.Cases / 100));
        for (var i = 0; i < schemas; i++)
        {
            var schema = new RandomSchemas(random).Next();
            TokenAutomaton automaton;
            try
            {
                automaton = new TokenAutomaton(Grammar.Compile(new AnswerFormat(FormatKind.JsonSchema, schema.ToJsonString())), trie,
                    [tokenizer.Size + 1]);
            }
            catch (GrammarException e)
            {
                Assert.Contains("no value fits", e.Message, StringComparison.Ordinal);
                impossible++;
                continue;
            }
            var judge = JsonSchema.FromText(schema.ToJsonString());
            for (var answer = 0; answer < 4; answer++)
            {
                if (Say(automaton, tokenizer, random) is not { } text)
                {
                    cut++;
                    continue;
                }
                ended++;
                using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1000 });
                Assert.True(judge.Evaluate(document.RootElement, Strict).IsValid, $"{text}\nagainst {schema.ToJsonString()}");
            }
        }
        Assert.True(ended > 2 * (cut + impossible), $"{ended} ended, {cut} cut, {impossible} schemas of no value");
    }

    /// <summary>One answer under random logits that favour short tokens and ends; null where it does not end in time.</summary>
    private static string? Say(TokenAutomaton automaton, Tokenizer tokenizer, Random random)
    {
        var constraint = new TokenConstraint(automaton);
        var sampler = new Sampler(new SamplingOptions { Temperature = 1, Seed = (ulong)random.NextInt64() });
        var logits = new float[tokenizer.Size + 5];
        var said = new MemoryStream();
        for (var id = 0; id < logits.Length; id++) logits[id] = (float)random.NextDouble() * 3;
        foreach (var close in "\"}],") if (tokenizer.IdOf(close.ToString()) is { } id) logits[id] = 7 + random.Next(3);
        logits[tokenizer.Size + 1] = 8;
        for (var step = 0; step < MaxTokens; step++)
        {
            var next = sampler.Next(logits, constraint.Mask);
            if (next == tokenizer.Size + 1) return Encoding.UTF8.GetString(said.ToArray());
            said.Write(tokenizer.Bytes(next));
            constraint.Take(next);
            if (constraint.IsComplete) return Encoding.UTF8.GetString(said.ToArray());
        }
        return null;
    }
}
